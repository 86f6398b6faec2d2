import { keepInFlight } from './in-flight.ts';
import type { Scenario } from './scenario.ts';

/** Latency: one small call at a time. */
export const smallCall: Scenario = {
  name: '1 in flight',
  run: (subject, forMs) => keepInFlight(subject, 1, forMs),
};
