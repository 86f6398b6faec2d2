import { timerMs } from '../shared/timer-ms.ts';

/** Fulfils after some milliseconds; rejects with the signal's reason once that aborts. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) throw signal.reason;
  await new Promise<void>((resolve, reject) => {
    const over = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const abort = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      reject(signal?.reason);
    };
    const timer = setTimeout(over, timerMs(ms));
    signal?.addEventListener('abort', abort);
  });
}
