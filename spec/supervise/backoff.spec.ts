import { assert, double, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { backoffMs } from '../../lib/supervise/backoff.ts';

describe('backoff', () => {
  test('doubles from 100 ms up to 10 s', () => {
    const waits = [1, 2, 3, 4, 7, 8, 9, 5_000].map((attempt) => backoffMs(attempt, { jitter: 0 }));
    expect(waits).toEqual([100, 200, 400, 800, 6_400, 10_000, 10_000, 10_000]);
  });

  test('leaves a quarter of each wait to chance', () => {
    expect(backoffMs(1, {}, 0)).toBe(100);
    expect(backoffMs(1, {}, 1)).toBe(75);
    const waits = Array.from({ length: 100 }, () => backoffMs(1));
    expect(new Set(waits).size).toBeGreaterThan(50);
  });

  test('of nothing is nothing, however often', () => {
    expect(backoffMs(10_000, { minMs: 0 })).toBe(0);
  });

  test('is never longer than maxMs and never negative', () => {
    const options = record({
      minMs: integer({ min: 0, max: 1_000_000 }),
      maxMs: integer({ min: 0, max: 1_000_000 }),
      factor: double({ min: 1, max: 100, noNaN: true }),
      jitter: double({ min: 0, max: 1, noNaN: true }),
    });
    const chance = double({ min: 0, max: 1, noNaN: true });
    assert(
      property(integer({ min: 1, max: 100_000 }), options, chance, (attempt, given, random) => {
        const wait = backoffMs(attempt, given, random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(given.maxMs);
      }),
    );
  });
});
