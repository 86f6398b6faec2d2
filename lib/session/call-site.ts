/** A call, as far as it is of concern here: the signals among its arguments. */
export interface PassedSignals {
  readonly exports: { readonly signals?: ReadonlyMap<unknown, AbortSignal> | undefined } | undefined;
}

// This function's frame, and those that lead to it from where the call is awaited.
const ownFrames = 3;

/**
 * Adds where the call was awaited to the stack of an error that came from the other side.
 *
 * Called from the reaction of the promise that the user awaits: only there does the engine's own trace
 * lead to the user.
 *
 * @param from - The function the user has called, where its call was not awaited but blocked this thread.
 */
export function withCallSite(thrown: unknown, passed: PassedSignals, from?: object): unknown {
  if (!(thrown instanceof Error)) return thrown;
  // The reason of the caller's own signal is the caller's own object: it is not touched.
  for (const { reason } of passed.exports?.signals?.values() ?? []) if (reason === thrown) return thrown;
  const lines = from === undefined ? traceLines(new Error()).slice(ownFrames) : linesAbove(from);
  // Those below the session's own frames are asynchronous, but tools that map stacks to sources do not always say so.
  const callers = lines.filter((line) => !line.includes('processTicksAndRejections'));
  if (callers.length === 0) return thrown;
  const stack = `${thrown.stack || String(thrown)}\n    --- called from ---\n${callers.join('\n')}`;
  // One that is frozen, by the code that restored it, stays as it is.
  Reflect.defineProperty(thrown, 'stack', {
    value: stack,
    enumerable: false,
    writable: true,
    configurable: true,
  });
  return thrown;
}

function linesAbove(from: object): string[] {
  const trace = new Error();
  // The engines that do not know it cut nothing off.
  (Error as EngineError).captureStackTrace?.(trace, from);
  return traceLines(trace);
}

function traceLines({ stack }: Error): string[] {
  return (stack ?? '').split('\n').slice(1);
}

interface EngineError {
  readonly captureStackTrace?: (error: Error, from: object) => void;
}
