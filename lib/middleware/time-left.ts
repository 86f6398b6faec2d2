import type { Call } from '../call/call.ts';

/**
 * Starts the clock of a call that may have to wait. The function that is returned gives the call with the part of its
 * `timeoutMs` that is left by then, so that time spent waiting counts.
 */
export function timeLeft(call: Call): () => Call {
  const { timeoutMs = Infinity } = call.options;
  if (timeoutMs === Infinity) return () => call;
  const end = performance.now() + timeoutMs;
  return () => {
    const left = Math.max(0, Math.ceil(end - performance.now()));
    return { ...call, options: { ...call.options, timeoutMs: left } };
  };
}
