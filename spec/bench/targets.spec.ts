import { describe, expect, test } from 'vitest';

import type { Contender } from '../../bench/contenders/contender.ts';
import type { Measured } from '../../bench/measured.ts';
import { outcomes } from '../../bench/outcomes.ts';
import { neededByTargets, targets } from '../../bench/targets.ts';

type Named = Pick<Contender, 'name' | 'family' | 'carrier'>;

const contenders: readonly Named[] = [
  { name: 'raw postMessage', family: 'raw', carrier: 'worker port' },
  { name: 'superjson on postMessage', family: 'raw', carrier: 'worker port' },
  { name: 'portcall worker', family: 'portcall', carrier: 'worker port' },
  { name: 'birpc thread', family: 'peer', carrier: 'worker port' },
  { name: 'piscina', family: 'peer', carrier: 'worker port' },
  { name: 'comlink', family: 'peer', carrier: 'worker port' },
  { name: 'threads', family: 'peer', carrier: 'worker port' },
  { name: 'synckit', family: 'peer', carrier: 'worker port' },
  { name: 'capnweb', family: 'peer', carrier: 'worker port' },
  { name: 'raw socket pair', family: 'raw', carrier: 'extra pipe' },
  { name: 'portcall pipe', family: 'portcall', carrier: 'extra pipe' },
  { name: 'raw process.send json', family: 'raw', carrier: 'fork IPC' },
  { name: 'portcall ipc', family: 'portcall', carrier: 'fork IPC' },
  { name: 'birpc fork', family: 'peer', carrier: 'fork IPC' },
  { name: 'jest-worker process', family: 'peer', carrier: 'fork IPC' },
  { name: 'raw stdio lines', family: 'raw', carrier: 'stdio' },
  { name: 'portcall stdio', family: 'portcall', carrier: 'stdio' },
];

const scenarios = [
  ...new Set(
    targets.flatMap(({ scenario, against }) =>
      typeof against === 'object' && 'scenario' in against ? [scenario, against.scenario] : [scenario],
    ),
  ),
];

const free = (scenario: string, contender: Named) => neededByTargets(scenario, contender, false);
const pinned = (scenario: string, contender: Named) => neededByTargets(scenario, contender, true);
// On threads some peer can do everything. On processes none has streams.
const all = (scenario: string, contender: Named) =>
  contender.carrier === 'worker port' || leads(scenario, contender);

describe('a run for the targets only', () => {
  test('judges all of them as a whole run does', () => {
    const whole = outcomes(measured(all), measured(all));
    expect(outcomes(measured(free), measured(pinned))).toEqual(whole);
    expect(new Set(whole.map(({ scenario }) => scenario)).size).toBe(
      new Set(targets.map(({ scenario }) => scenario)).size,
    );
  });

  test('leaves out what no target needs', () => {
    const named = (name: string) => contenders.find((contender) => contender.name === name)!;
    expect(scenarios.some((scenario) => free(scenario, named('capnweb')))).toBe(false);
    expect(pinned('64 in flight', named('portcall worker'))).toBe(false);
    expect(free('1 in flight', named('portcall worker'))).toBe(false);
    expect(free('64 in flight', named('synckit'))).toBe(false);
  });
});

/** Every contender takes a time of its own, and so does it in each scenario. Peers that do not lead take long. */
function measured(took: (scenario: string, contender: Named) => boolean): Measured {
  const times: Record<string, Record<string, number[]>> = {};
  for (const [at, scenario] of scenarios.entries()) {
    const found = contenders.flatMap((contender, place): [string, number[]][] =>
      took(scenario, contender)
        ? [[contender.name, [leads(scenario, contender) ? 10 + at + place : 1000]]]
        : [],
    );
    times[scenario] = Object.fromEntries(found);
  }
  return {
    contenders,
    scenarios: scenarios.map((name) => ({ name, group: 'small calls', unit: 'µs' })),
    times,
    failures: [],
  };
}

function leads(scenario: string, contender: Named): boolean {
  return contender.family !== 'peer' || free(scenario, contender) || pinned(scenario, contender);
}
