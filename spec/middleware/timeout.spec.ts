import { timeout } from 'portcall/middleware';
import { describe, expect, test, vi } from 'vitest';

import { failureOf } from '../launch/children.ts';
import { calling, serving } from './every-side.ts';

describe.each([...calling, ...serving])('timeout() around %s', (_, open) => {
  test('answers for what takes too long, and for nothing else', async () => {
    const { remote, ready } = open(timeout(200));
    await ready;
    const error = await failureOf(remote.slow('t', 60_000, undefined as never));
    expect(error).toMatchObject({ code: 'TIMEOUT', delivery: 'unknown' });
    expect((error as Error).message).toMatch(/^slow\(\) did not (reply|finish) within 200 ms/);
    expect(await remote.slow('u', 10, undefined as never)).toBe('u');
    expect(await remote.count('t')).toBe(1);
  });

  test('leaves calls alone that have an earlier deadline', async () => {
    const caller = open(timeout(60_000));
    await caller.ready;
    const call = caller.with({ timeoutMs: 50 }).slow('t', 60_000, undefined as never);
    expect(await failureOf(call)).toMatchObject({ message: expect.stringContaining('within 50 ms') });
  });

  test.each([0x7fffffff + 1, Infinity])('of %d ms never comes early', async (ms) => {
    const { remote } = open(timeout(ms));
    expect(await remote.slow('t', 20, undefined as never)).toBe('t');
  });
});

test.each(calling)('timeout() around %s cancels at the callee', async (_, open) => {
  const { remote, ready } = open(timeout(100));
  await ready;
  const { signal } = new AbortController();
  await failureOf(remote.slow('t', 60_000, signal));
  await vi.waitFor(async () => expect(await remote.count('t aborted')).toBe(1));
});

test.each([-1, NaN, '1' as never])('timeout(%o) is refused', (ms) => {
  expect(() => timeout(ms)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
