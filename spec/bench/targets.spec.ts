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
  { name: 'a slow thread', family: 'peer', carrier: 'worker port' },
  { name: 'raw socket pair', family: 'raw', carrier: 'extra pipe' },
  { name: 'portcall pipe', family: 'portcall', carrier: 'extra pipe' },
  { name: 'raw process.send json', family: 'raw', carrier: 'fork IPC' },
  { name: 'portcall ipc', family: 'portcall', carrier: 'fork IPC' },
  { name: 'birpc fork', family: 'peer', carrier: 'fork IPC' },
  { name: 'a slow process', family: 'peer', carrier: 'fork IPC' },
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

describe('a run for the targets only', () => {
  const all = () => true;
  const free = (scenario: string, contender: Named) => neededByTargets(scenario, contender, false);
  const pinned = (scenario: string, contender: Named) => neededByTargets(scenario, contender, true);

  test('judges all of them as a whole run does', () => {
    const whole = outcomes(measured(all), measured(all));
    expect(outcomes(measured(free), measured(pinned))).toEqual(whole);
    expect(new Set(whole.map(({ scenario }) => scenario)).size).toBe(
      new Set(targets.map(({ scenario }) => scenario)).size,
    );
  });

  test('leaves out what no target needs', () => {
    expect(scenarios.some((scenario) => free(scenario, contenders.at(5)!))).toBe(false);
    expect(pinned('64 in flight', contenders[2]!)).toBe(false);
    expect(free('1 in flight', contenders[2]!)).toBe(false);
  });
});

/** Every contender takes a time of its own, and so does it in each scenario; those called slow take long. */
function measured(took: (scenario: string, contender: Named) => boolean): Measured {
  const times: Record<string, Record<string, number[]>> = {};
  for (const [at, scenario] of scenarios.entries()) {
    const found = contenders.flatMap((contender, place): [string, number[]][] =>
      took(scenario, contender)
        ? [[contender.name, [contender.name.includes('slow') ? 1000 : 10 + at + place]]]
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
