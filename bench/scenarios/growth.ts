import type { Contender } from '../contenders/contender.ts';
import { adding, burst, keepInFlight } from './in-flight.ts';
import { returningBytes } from './payloads.ts';
import type { Scenario } from './scenario.ts';
import { warmed } from './warmed.ts';

const KIB = 1024;

// Where 64 threads share two cores, the last of them is done with its tasks a while after the first.
const POOL_TURNS = 5;

// For each member of a pool: were they fewer the more members there are, fewer would travel together.
const IN_FLIGHT_EACH = 32;

/** What a call costs when there is more of everything. Only the shape counts, so few peers take part. */
export const growth: readonly Scenario[] = [
  ...[1, 100, 1_000, 10_000, 100_000].map((count): Scenario => ({
    name: count === 1 ? '1 call at once' : `${count.toLocaleString('en')} calls at once`,
    group: 'growth with calls at once',
    unit: 'µs',
    dense: count > 1,
    takesPart: ourselvesAnd('raw', 'birpc'),
    async run(stand, forMs) {
      const { add } = await stand.subject();
      return add === undefined ? null : burst(adding(add), count, forMs);
    },
  })),
  ...[1, 1_000, 100_000].map((count): Scenario => ({
    name: count === 1 ? '1 open reference' : `${count.toLocaleString('en')} open references`,
    group: 'growth with open references',
    unit: 'µs',
    takesPart: ({ family }) => family === 'portcall',
    // Otherwise the release of so many would go on beside what is measured next.
    fresh: true,
    async run(stand, forMs) {
      const { add, hold, openReferences } = await stand.subject();
      if (add === undefined || hold === undefined) return null;
      await hold(count);
      const time = await warmed((ms) => keepInFlight(adding(add), 64, 20, ms), 1, forMs);
      const open = openReferences?.();
      if (open !== count) throw new Error(`${open} of ${count} references were open to the end`);
      return time;
    },
  })),
  ...[1, 16, 256, 4_096].map((sizeKib): Scenario => ({
    name: `a KiB of ${sizeKib.toLocaleString('en')}`,
    group: 'growth with bytes',
    unit: 'µs',
    takesPart: ourselvesAnd('raw'),
    async run(stand, forMs) {
      const time = await returningBytes(stand.subject(), sizeKib * KIB, forMs);
      return time === null ? null : time / sizeKib;
    },
  })),
  ...[1, 8, 64].map((members): Scenario => ({
    name: `pool of ${members}`,
    group: 'growth with pool members',
    unit: 'µs',
    // Processes would need too much memory for that many.
    takesPart: ({ family, carrier }) => family === 'portcall' && carrier === 'worker port',
    fresh: true,
    slow: true,
    async run(stand, forMs) {
      const { add } = (await stand.pool(members)) ?? {};
      return add === undefined
        ? null
        : warmed(
            (ms) => keepInFlight(adding(add), IN_FLIGHT_EACH * members, 4, ms),
            members,
            POOL_TURNS * forMs,
          );
    },
  })),
];

/** Portcall, and those of a family or a package. */
function ourselvesAnd(...others: readonly string[]): (contender: Contender) => boolean {
  return ({ family, peer }) =>
    family === 'portcall' || others.some((other) => other === family || other === peer);
}
