// 25 days. A timer that is set for longer fires at once.
const longestMs = 2 ** 31 - 1;

/** A duration as timers take it. */
export function timerMs(ms: number): number {
  return Math.min(ms, longestMs);
}
