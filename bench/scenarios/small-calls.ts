import { adding, burst, keepInFlight } from './in-flight.ts';
import type { Scenario } from './scenario.ts';

/** Latency and throughput of a call that adds two numbers. */
export const smallCalls: readonly Scenario[] = [
  inFlight(1, 50, true),
  inFlight(64, 20, false),
  inFlight(1024, 4, false),
  {
    name: 'burst of 10,000',
    group: 'small calls',
    unit: 'µs',
    dense: true,
    async run(stand, forMs) {
      const { add } = await stand.subject();
      return add === undefined ? null : burst(adding(add), 10_000, forMs);
    },
  },
  {
    name: 'with all options',
    group: 'small calls',
    unit: 'µs',
    pinned: true,
    dense: true,
    async run(stand, forMs) {
      const { addWithOptions } = await stand.subject();
      return addWithOptions === undefined ? null : keepInFlight(adding(addWithOptions), 1, 50, forMs);
    },
  },
];

function inFlight(callers: number, stretch: number, pinned: boolean): Scenario {
  return {
    name: `${callers.toLocaleString('en')} in flight`,
    group: 'small calls',
    unit: 'µs',
    pinned,
    dense: true,
    async run(stand, forMs) {
      const { add } = await stand.subject();
      return add === undefined ? null : keepInFlight(adding(add), callers, stretch, forMs);
    },
  };
}
