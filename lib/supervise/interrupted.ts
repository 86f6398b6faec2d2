import type { SignalWatches } from '../session/signal-watches.ts';
import { timerMs } from '../shared/timer-ms.ts';

/**
 * Waits for something that always comes, unless a deadline or a signal is earlier. Keeps this process alive
 * meanwhile.
 *
 * @param watches - Keeps one listener on a signal, however many wait.
 * @returns What came first.
 */
export async function interrupted(
  promise: Promise<unknown>,
  ms: number,
  signal: AbortSignal | undefined,
  watches: SignalWatches,
): Promise<'done' | 'late' | 'aborted'> {
  if (signal?.aborted === true) return 'aborted';
  let stop: () => void = () => {};
  const earlier = new Promise<'late' | 'aborted'>((resolve) => {
    // Where there is no deadline it only keeps the process alive.
    const timer = setTimeout(() => {
      if (ms !== Infinity) resolve('late');
    }, timerMs(ms));
    const unwatch = signal === undefined ? undefined : watches.add(signal, () => resolve('aborted'));
    stop = () => {
      clearTimeout(timer);
      unwatch?.();
    };
  });
  try {
    return await Promise.race([promise.then(() => 'done' as const), earlier]);
  } finally {
    stop();
  }
}
