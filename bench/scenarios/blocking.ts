import type { Scenario } from './scenario.ts';

const STRETCH = 20;

/** Calls that block the caller until the answer is there. */
export const blocking: Scenario = {
  name: 'blocking call',
  group: 'blocking calls',
  unit: 'µs',
  pinned: true,
  async run(stand, forMs) {
    const { addBlocking } = await stand.subject();
    if (addBlocking === undefined) return null;
    const started = performance.now();
    let calls = 0;
    do {
      for (let i = 0; i < STRETCH; i++) {
        const sum = addBlocking(i, 1);
        if (sum !== i + 1) throw new Error(`${i} + 1 was ${sum}`);
      }
      calls += STRETCH;
    } while (performance.now() - started < forMs);
    return ((performance.now() - started) * 1000) / calls;
  },
};
