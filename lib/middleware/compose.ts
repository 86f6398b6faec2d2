import type { Handler } from '../call/call.ts';
import type { Middleware } from './middleware.ts';

/** The handler with all middleware around it; the first of the list is the outermost. */
export function compose(middleware: readonly Middleware[], handler: Handler): Handler {
  return middleware.reduceRight((next, wrap) => wrap(next), handler);
}
