import type { Subject } from '../contenders/contender.ts';

// The clock is read once for this many calls.
const stretch = 50;

/** Keeps that many small calls under way, each of which makes the next once it has its result. */
export async function keepInFlight(subject: Subject, callers: number, forMs: number): Promise<number> {
  const started = performance.now();
  let calls = 0;
  const caller = async (): Promise<void> => {
    do {
      for (let i = 0; i < stretch; i++) {
        const sum = await subject.add(i, 1);
        if (sum !== i + 1) throw new Error(`${i} + 1 was ${sum}`);
      }
      calls += stretch;
    } while (performance.now() - started < forMs);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return ((performance.now() - started) * 1000) / calls;
}
