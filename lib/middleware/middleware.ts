import type { Handler } from '../call/call.ts';

/**
 * Wraps a handler: sees each call before it is made and its result or failure afterwards. The same shape serves the
 * caller's and the callee's side.
 *
 * @example
 * ```ts
 * import type { Middleware } from 'portcall';
 *
 * const timed: Middleware = (next) => async (call) => {
 *   const start = performance.now();
 *   try {
 *     return await next(call);
 *   } finally {
 *     console.log(call.target.path.join('.'), performance.now() - start, 'ms');
 *   }
 * };
 * ```
 */
export type Middleware = (next: Handler) => Handler;
