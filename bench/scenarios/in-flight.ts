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
  const started = performance.now();
  let calls = 0;
  do {
    await Promise.all(Array.from({ length: count }, (_, i) => call(i)));
    calls += count;
  } while (performance.now() - started < forMs);
  return ((performance.now() - started) * 1000) / calls;
}

/** The small call of most scenarios. */
export function adding(add: (a: number, b: number) => Promise<number>): OneCall {
  return async (i) => {
    const sum = await add(i, 1);
    if (sum !== i + 1) throw new Error(`${i} + 1 was ${sum}`);
  };
}
