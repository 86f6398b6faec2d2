import { timerMs } from '../shared/timer-ms.ts';

/**
 * Waits for something that always comes, unless a deadline or a signal is earlier. Keeps this process alive
 * meanwhile.
 *
 * @returns What came first.
 */
export async function interrupted(
  promise: Promise<unknown>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<'done' | 'late' | 'aborted'> {
  if (signal?.aborted === true) return 'aborted';
  let stop: () => void = () => {};
  const earlier = new Promise<'late' | 'aborted'>((resolve) => {
    // Where there is no deadline it only keeps the process alive.
    const timer = setTimeout(() => {
      if (ms !== Infinity) resolve('late');
    }, timerMs(ms));
    const aborted = (): void => resolve('aborted');
    signal?.addEventListener('abort', aborted);
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
  });
  try {
    return await Promise.race([promise.then(() => 'done' as const), earlier]);
  } finally {
    stop();
  }
}
