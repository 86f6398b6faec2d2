import type { Call } from './call.ts';
import { targetName } from './target.ts';

/** How a call is named in error messages: `geometry.area()`, or `VERSION` for one that is read. */
export function callName(call: Call): string {
  const name = targetName(call.target);
  switch (call.kind) {
    case 'call':
      return `${name}()`;
    case 'new':
      return `new ${name}()`;
    case 'set':
      return `assign(${name})`;
    case 'get':
      return name;
  }
}
