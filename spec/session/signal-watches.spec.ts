import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';

import { SignalWatches } from '../../lib/session/signal-watches.ts';

it('a signal has one listener however many watch it, and none once nobody does', () => {
  const watches = new SignalWatches();
  const { signal } = new AbortController();
  const stops = Array.from({ length: 1000 }, () => watches.add(signal, () => {}));
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const stop of stops) stop();
  for (const stop of stops) stop();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

it('each that watches is told once, in order, but for those that one before has stopped', () => {
  const watches = new SignalWatches();
  const controller = new AbortController();
  const told: string[] = [];
  const stops: (() => void)[] = [];
  watches.add(controller.signal, () => {
    told.push('a');
    stops[0]?.();
  });
  stops.push(watches.add(controller.signal, () => told.push('b')));
  watches.add(controller.signal, () => told.push('c'));
  controller.abort();
  controller.abort();
  expect(told).toEqual(['a', 'c']);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

it('stopping an old watch leaves a later one of the same signal alone', () => {
  const watches = new SignalWatches();
  const controller = new AbortController();
  const told: string[] = [];
  const first = watches.add(controller.signal, () => told.push('first'));
  first();
  watches.add(controller.signal, () => told.push('second'));
  first();
  controller.abort();
  expect(told).toEqual(['second']);
});
