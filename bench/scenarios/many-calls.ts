import { keepInFlight } from './in-flight.ts';
import type { Scenario } from './scenario.ts';

/** Throughput: 64 small calls at a time. */
export const manyCalls: Scenario = {
  name: '64 in flight',
  run: (subject, forMs) => keepInFlight(subject, 64, forMs),
};
