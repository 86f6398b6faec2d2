import { manyCalls } from './many-calls.ts';
import type { Scenario } from './scenario.ts';
import { smallCall } from './small-call.ts';

/** Every scenario, in the order of the table's columns. */
export const scenarios: readonly Scenario[] = [smallCall, manyCalls];
