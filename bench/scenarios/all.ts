import { beside } from './beside.ts';
import { blocking } from './blocking.ts';
import { growth } from './growth.ts';
import { lives } from './lives.ts';
import { payloads } from './payloads.ts';
import { pools } from './pools.ts';
import type { Scenario } from './scenario.ts';
import { smallCalls } from './small-calls.ts';
import { streams } from './streams.ts';

/** Every scenario, in the order of the columns. */
export const scenarios: readonly Scenario[] = [
  ...smallCalls,
  ...payloads,
  ...streams,
  ...beside,
  blocking,
  ...lives,
  ...pools,
  ...growth,
];
