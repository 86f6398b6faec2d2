import type { PendingCall } from './pending-calls.ts';

/**
 * Adds where the call was awaited to the stack of an error that came from the other side.
 *
 * Called from the continuation of the async function that the user awaits: only there does the engine's own trace
 * lead to the user.
 */
export function withCallSite(thrown: unknown, pending: PendingCall): unknown {
  if (!(thrown instanceof Error)) return thrown;
  // The reason of the caller's own signal is the caller's own object: it is not touched.
  if (pending.signals !== undefined && [...pending.signals.values()].some(({ reason }) => reason === thrown))
    return thrown;
  const here = (new Error().stack ?? '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at async '));
  // The first async frame is the session's own.
  const callers = here.filter((line) => !line.includes('Caller.handle'));
  if (callers.length === 0) return thrown;
  const stack = `${thrown.stack || String(thrown)}\n    --- called from ---\n${callers.join('\n')}`;
  Object.defineProperty(thrown, 'stack', {
    value: stack,
    enumerable: false,
    writable: true,
    configurable: true,
  });
  return thrown;
}
