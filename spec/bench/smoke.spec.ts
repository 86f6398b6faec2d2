import { describe, expect, test } from 'vitest';

import type { Measured } from '../../bench/measured.ts';
import { collapses } from '../../bench/smoke.ts';

const raw = { name: 'raw postMessage', family: 'raw', carrier: 'worker port' } as const;
const own = { name: 'portcall worker', family: 'portcall', carrier: 'worker port' } as const;
const scenario = '64 in flight';

describe('the smoke of the bench', () => {
  test('says what has collapsed', () => {
    expect(collapses(measured({ [raw.name]: [4, 4, 4], [own.name]: [40, 44, 48] }))).toEqual([
      'portcall worker, 64 in flight: 10.0 x raw postMessage, where 1.2 is the most',
    ]);
  });

  test('lets noise in a round pass', () => {
    expect(collapses(measured({ [raw.name]: [4, 90, 4], [own.name]: [200, 2, 50] }))).toEqual([]);
  });

  test('misses a contender that found nothing', () => {
    expect(collapses(measured({ [raw.name]: [4, 4, 4] }))).toHaveLength(1);
  });

  test('asks nothing of what the raw channel cannot do', () => {
    expect(collapses(measured({ [own.name]: [40] }))).toEqual([]);
  });
});

function measured(times: Record<string, readonly number[]>): Measured {
  return {
    contenders: [raw, own],
    scenarios: [{ name: scenario, group: 'small calls', unit: 'µs' }],
    times: { [scenario]: times },
    failures: [],
  };
}
