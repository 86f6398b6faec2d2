import { availableParallelism } from 'node:os';

import { adding, keepInFlight } from './in-flight.ts';
import type { Scenario } from './scenario.ts';

// One core is left to the side that hands out the tasks.
const MEMBERS = Math.max(1, availableParallelism() - 1);

/** Many tasks over few members. */
export const pools: readonly Scenario[] = [
  {
    name: 'pool, empty task',
    group: 'pools',
    unit: 'µs',
    dense: true,
    async run(stand, forMs) {
      const { add } = (await stand.pool(MEMBERS)) ?? {};
      return add === undefined ? null : keepInFlight(adding(add), 256, 4, forMs);
    },
  },
  {
    // Ideal is 1 ms: what a member was not at work for is what the pool costs.
    name: 'pool, task of 1 ms',
    group: 'pools',
    unit: 'ms',
    async run(stand, forMs) {
      const { busy } = (await stand.pool(MEMBERS)) ?? {};
      if (busy === undefined) return null;
      const task = async (): Promise<void> => void (await busy(1));
      return ((await keepInFlight(task, 8 * MEMBERS, 4, forMs)) * MEMBERS) / 1000;
    },
  },
];
