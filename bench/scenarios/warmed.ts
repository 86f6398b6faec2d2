// What costs less by a smaller part than this has become no faster: so much lies between two turns anyway.
const FALLS_BY = 0.03;

// So often in a row, before it is taken to be warm.
const STILL = 3;

// Enough for a thread to compile all that a call runs, 0.3 s of a core. Before, the cost stays where it is for seconds
// where many threads share the cores, and then falls.
const CALLS = 40_000;

// 64 threads need 15 s.
const MOST_MS = 30_000;

/**
 * Measures calls over and over until they cost no less any more, or for some seconds at most, and then once more: for
 * what has just been started, and has to be compiled by each of its threads.
 *
 * @param measure - Makes calls for about that long, and says how many microseconds each took.
 * @param threads - Among how many the calls are divided.
 */
export async function warmed(
  measure: (forMs: number) => Promise<number>,
  threads: number,
  forMs: number,
): Promise<number> {
  const until = performance.now() + MOST_MS;
  let least = Infinity;
  let calls = 0;
  for (let still = 0; (still < STILL || calls < threads * CALLS) && performance.now() < until;) {
    const from = performance.now();
    const time = await measure(forMs);
    calls += ((performance.now() - from) * 1000) / time;
    still = time < least * (1 - FALLS_BY) ? 0 : still + 1;
    least = Math.min(least, time);
  }
  return measure(forMs);
}
