import { describe, expect, test } from 'vitest';

import { Intensity } from '../../lib/supervise/intensity.ts';

describe('intensity', () => {
  test('allows so many within the period and not one more', () => {
    const clock = { now: 0 };
    const restarts = new Intensity(3, 1_000, () => clock.now);
    expect([restarts.note(), restarts.note(), restarts.note(), restarts.note()]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('forgets those that lie further back than the period', () => {
    const clock = { now: 0 };
    const restarts = new Intensity(2, 1_000, () => clock.now);
    const outcomes: boolean[] = [];
    for (; clock.now < 10_000; clock.now += 500) outcomes.push(restarts.note());
    expect(outcomes).not.toContain(false);
    expect(restarts.recent).toBe(1);
    clock.now += 1_000;
    expect(restarts.recent).toBe(0);
  });

  test('counts as far as a large limit goes', () => {
    const restarts = new Intensity(500, 1_000, () => 0);
    const outcomes = Array.from({ length: 501 }, () => restarts.note());
    expect(outcomes.indexOf(false)).toBe(500);
  });

  test('of 0 allows none', () => {
    expect(new Intensity(0, 1_000).note()).toBe(false);
  });

  test('without a limit allows any number and does not remember all of them', () => {
    const restarts = new Intensity(Infinity, Infinity);
    for (let count = 0; count < 1_000; count++) expect(restarts.note()).toBe(true);
    expect(restarts.recent).toBeLessThan(100);
  });
});
