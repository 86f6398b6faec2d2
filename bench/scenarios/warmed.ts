// What costs less by a smaller part than this has become no faster: so much lies between two turns anyway.
const FALLS_BY = 0.03;

// So often in a row, before it is taken to be warm.
const STILL = 3;

/** Time enough for 64 threads that share a core to compile what they run. */
const MOST_MS = 8_000;

/**
 * Measures over and over until it costs no less any more, or for some seconds at most, and then once more: for what has
 * just been started, and has to be compiled first by each of its threads.
 */
export async function warmed(measure: (forMs: number) => Promise<number>, forMs: number): Promise<number> {
  const until = performance.now() + MOST_MS;
  let least = Infinity;
  for (let still = 0; still < STILL && performance.now() < until;) {
    const time = await measure(forMs);
    still = time < least * (1 - FALLS_BY) ? 0 : still + 1;
    least = Math.min(least, time);
  }
  return measure(forMs);
}
