import type { Call } from '../call/call.ts';
import { targetName } from '../call/target.ts';

/** How a call is named in error messages: `geometry.area()`, or `VERSION` for one that is read. */
export function callName({ kind, target }: Call): string {
  return kind === 'get' ? targetName(target.path) : `${targetName(target.path)}()`;
}
