/** How many calls are to be made in bursts of many thousands, so that there is more than one of them. */
const LARGE_BURSTS = 300_000;

/** How many times the time of a turn is spent at most on something that takes long. */
const MOST_TURNS = 5;

/** What is called over and over: gets a number that grows, and checks its own result. */
export type OneCall = (i: number) => Promise<void>;

/**
 * Keeps that many calls under way, each of which makes the next once it has its result.
 *
 * @param stretch - The clock is read once for this many calls of each caller.
 * @returns The time one call took, in microseconds.
 */
export async function keepInFlight(
  call: OneCall,
  callers: number,
  stretch: number,
  forMs: number,
): Promise<number> {
  const started = performance.now();
  let calls = 0;
  const caller = async (): Promise<void> => {
    do {
      for (let i = 0; i < stretch; i++) await call(i);
      calls += stretch;
    } while (performance.now() - started < forMs);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return ((performance.now() - started) * 1000) / calls;
}

/**
 * Makes that many calls at once and waits for all of them, over and over.
 *
 * @returns The time one call took, in microseconds.
 */
export async function burst(call: OneCall, count: number, forMs: number): Promise<number> {
  const one = () => Promise.all(Array.from({ length: count }, (_, i) => call(i)));
  return ((await repeated(one, Math.min(10, LARGE_BURSTS / count), forMs)) * 1000) / count;
}

/**
 * Does what takes long over and over: at least that often, unless it is so slow that this takes several turns, and for
 * at least the time of a turn.
 *
 * @returns The time once took, in milliseconds.
 */
export async function repeated(
  once: () => Promise<unknown>,
  atLeast: number,
  forMs: number,
): Promise<number> {
  const started = performance.now();
  let times = 0;
  let tookMs = 0;
  do {
    await once();
    times++;
    tookMs = performance.now() - started;
  } while (tookMs < forMs || (times < atLeast && tookMs < forMs * MOST_TURNS));
  return tookMs / times;
}

/** The small call of most scenarios. */
export function adding(add: (a: number, b: number) => Promise<number>): OneCall {
  return async (i) => {
    const sum = await add(i, 1);
    if (sum !== i + 1) throw new Error(`${i} + 1 was ${sum}`);
  };
}
