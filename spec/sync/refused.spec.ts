import { Readable } from 'node:stream';

import { byReference } from 'portcall';
import { afterEach, expect, test, vi } from 'vitest';

import { blocking, errorOf } from './blocking.ts';

afterEach(() => vi.restoreAllMocks());

test.each([
  ['a function', () => () => {}],
  ['an object by reference', () => byReference({ add: () => 1 })],
  ['a stream', () => new ReadableStream()],
  ['a stream', () => Readable.from([1])],
  ['a stream', () => (async function* () {})()],
  ['a live AbortSignal', () => new AbortController().signal],
])('%s among the arguments, and nothing of it stays', (what, make) => {
  const { sync, stats } = blocking();
  const error = errorOf(() => sync.echo([1, { deep: make() }]));
  expect(error).toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'not-sent' });
  expect(error.message).toContain(`arguments[0][1].deep is ${what} in a call that blocks this thread`);
  expect(sync.add(1, 2)).toBe(3);
  expect(stats).toMatchObject({ pendingCalls: 0, exportedReferences: 0, openStreams: 0 });
});

test('a remote of another child', async () => {
  const [one, other] = [blocking(), blocking()];
  const counter = other.sync.counter();
  expect(errorOf(() => one.sync.echo(counter)).message).toContain('a remote of another session');
  expect(one.stats.exportedReferences).toBe(0);
});

test('a signal that has aborted is no live one', () => {
  const { sync } = blocking();
  expect(sync.reasonOf(AbortSignal.abort(new Error('over')))).toMatchObject({ message: 'over' });
});

test('a child with middleware', () => {
  const { sync } = blocking({ middleware: [(next) => next] });
  expect(errorOf(() => sync.add(1, 2))).toMatchObject({
    code: 'INVALID_OPTION',
    delivery: 'not-sent',
    message: expect.stringContaining('add() was not sent'),
  });
});

test('a thread that may not be blocked', async () => {
  vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new TypeError('Atomics.wait cannot be called in this context');
  });
  const child = blocking();
  expect(errorOf(() => child.sync.add(1, 2))).toMatchObject({
    code: 'NOT_ALLOWED',
    delivery: 'not-sent',
    cause: { message: 'Atomics.wait cannot be called in this context' },
  });
  expect(await child.remote.add(1, 2)).toBe(3);
});

test('a child whose types are still being loaded', async () => {
  const types = new URL('../fixtures/values/shop-types.js', import.meta.url);
  const child = blocking({ types });
  expect(errorOf(() => child.sync.add(1, 2))).toMatchObject({ code: 'NOT_ALLOWED', delivery: 'not-sent' });
  await child.ready;
  expect(child.sync.add(1, 2)).toBe(3);
});
