import type { PendingCall } from './pending-calls.ts';

// This function's frame, and those of the two of the caller's that lead to it from where the call is awaited.
const ownFrames = 3;

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
  // Those below the session's own frames are asynchronous, but tools that map stacks to sources do not always say so.
  const callers = (new Error().stack ?? '')
    .split('\n')
    .slice(1 + ownFrames)
    .filter((line) => !line.includes('processTicksAndRejections'));
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
