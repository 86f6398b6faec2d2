import { adding, burst, keepInFlight } from './in-flight.ts';
import { returningBytes } from './payloads.ts';
import type { Scenario } from './scenario.ts';

const KIB = 1024;

/** What a call costs when there is more of everything. Only the shape counts, so peers do not take part. */
export const growth: readonly Scenario[] = [
  ...[1, 100, 1_000, 10_000, 100_000].map((count): Scenario => ({
    name: count === 1 ? '1 call at once' : `${count.toLocaleString('en')} calls at once`,
    group: 'growth with calls at once',
    unit: 'µs',
    families: ['raw', 'portcall'],
    async run(stand, forMs) {
      const { add } = await stand.subject();
      return add === undefined ? null : burst(adding(add), count, forMs);
    },
  })),
  ...[1, 1_000, 100_000].map((count): Scenario => ({
    name: count === 1 ? '1 open reference' : `${count.toLocaleString('en')} open references`,
    group: 'growth with open references',
    unit: 'µs',
    families: ['portcall'],
    async run(stand, forMs) {
      const { add, hold, letGo } = await stand.subject();
      if (add === undefined || hold === undefined || letGo === undefined) return null;
      await hold(count);
      try {
        return await keepInFlight(adding(add), 64, 20, forMs);
      } finally {
        await letGo();
      }
    },
  })),
  ...[1, 16, 256, 4_096].map((sizeKib): Scenario => ({
    name: `a KiB of ${sizeKib.toLocaleString('en')}`,
    group: 'growth with bytes',
    unit: 'µs',
    families: ['raw', 'portcall'],
    async run(stand, forMs) {
      const time = await returningBytes(stand.subject(), sizeKib * KIB, forMs);
      return time === null ? null : time / sizeKib;
    },
  })),
  ...[1, 8, 64].map((members): Scenario => ({
    name: `pool of ${members}`,
    group: 'growth with pool members',
    unit: 'µs',
    families: ['portcall'],
    async run(stand, forMs) {
      // Processes would need too much memory for that many.
      if (stand.contender.carrier !== 'worker port') return null;
      const { add } = (await stand.pool(members)) ?? {};
      return add === undefined ? null : keepInFlight(adding(add), 256, 4, forMs);
    },
  })),
];
