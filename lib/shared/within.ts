import { timerMs } from './timer-ms.ts';

/** Fulfils when the promise does or the time is up, whichever is first. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  if (ms === Infinity) return void (await promise);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timerMs(ms));
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
