import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Pause } from '../../lib/session/pause.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Which of these answers, each ready so long after the one before, say that they have waited for long. */
function long(pause: Pause, eachMs: readonly number[]): number[] {
  return eachMs.flatMap((ms, place) => {
    vi.advanceTimersByTime(ms);
    return pause.isLong() ? [place] : [];
  });
}

test('each of several slow answers has waited long enough', () => {
  const pause = new Pause();
  pause.begin();
  expect(long(pause, [2, 2, 2, 2])).toEqual([0, 1, 2, 3]);
});

test('quick answers wait for each other, and the clock is asked for every fourth', () => {
  const pause = new Pause();
  pause.begin();
  const now = vi.spyOn(performance, 'now');
  expect(long(pause, new Array<number>(1000).fill(0))).toEqual([]);
  expect(now.mock.calls.length).toBeLessThanOrEqual(258);
});

test('a slow one behind few quick ones has waited at once, behind many for three others at most', () => {
  const pause = new Pause();
  pause.begin();
  expect(long(pause, [0, 0, 9, 0, 9])).toEqual([2, 4]);
  pause.begin();
  // Looked at: the first eight, and then every fourth.
  expect(long(pause, [0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 9, 9])).toEqual([11, 12, 13]);
});

test('a batch begins anew', () => {
  const pause = new Pause();
  pause.begin();
  vi.advanceTimersByTime(5);
  pause.begin();
  expect(long(pause, [0, 0, 2])).toEqual([2]);
});
