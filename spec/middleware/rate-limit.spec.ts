import { rateLimit } from 'portcall/middleware';
import { describe, expect, test } from 'vitest';

import { block, failureOf } from '../launch/children.ts';
import { calling, serving } from './every-side.ts';

describe.each([...calling, ...serving])('rateLimit() around %s', (_, open) => {
  test('refuses what comes too soon', async () => {
    const { remote } = open(rateLimit({ calls: 3, perMs: 60_000 }));
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => remote.quick(name)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    expect(results[3]).toMatchObject({
      reason: {
        code: 'OVERLOADED',
        delivery: 'not-sent',
        message:
          'quick() was not made: 3 calls may be made in 60000 ms (rateLimit), and none may wait. Make it again later',
      },
    });
  });

  test('lets calls wait where that is wanted, in order', async () => {
    const { remote } = open(rateLimit({ calls: 2, perMs: 100, waiting: 3 }));
    const done: string[] = [];
    const began = performance.now();
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => remote.quick(name).then(() => done.push(name))),
    );
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(results[5]).toMatchObject({ reason: { code: 'OVERLOADED' } });
    // Two at once, then one each 50 ms.
    expect(performance.now() - began).toBeGreaterThan(140);
  });
});

test.each(calling)(
  'a call that comes when there is room does not pass those that wait: %s',
  async (_, open) => {
    const { remote } = open(rateLimit({ calls: 1, perMs: 30, waiting: 3 }));
    const done: string[] = [];
    const quick = (name: string): Promise<unknown> => remote.quick(name).then(() => done.push(name));
    const calls = ['a', 'b'].map(quick);
    block(60);
    calls.push(quick('c'));
    await Promise.all(calls);
    expect(done).toEqual(['a', 'b', 'c']);
  },
);

test.each(calling)('a call that waits leaves with its signal, and no timer behind: %s', async (_, open) => {
  const caller = open(rateLimit({ calls: 1, perMs: 3_600_000, waiting: 2 }));
  await caller.remote.quick('first');
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  const controller = new AbortController();
  const failed = failureOf(caller.with({ signal: controller.signal }).quick('second'));
  const late = failureOf(caller.with({ timeoutMs: 20 }).quick('third'));
  expect(timers()).toBeGreaterThan(before);
  expect(await late).toMatchObject({ code: 'TIMEOUT', delivery: 'not-sent' });
  const reason = new Error('enough');
  controller.abort(reason);
  expect(await failed).toBe(reason);
  await expect.poll(timers).toBe(before);
});

test.each<[string, object]>([
  ['calls', { perMs: 1 }],
  ['perMs', { calls: 1 }],
  ['calls', { calls: Infinity, perMs: 1 }],
  ['perMs', { calls: 1, perMs: 0 }],
  ['waiting', { calls: 1, perMs: 1, waiting: 0.5 }],
])('rateLimit() refuses a wrong %s', (name, options) => {
  expect(() => rateLimit(options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) }),
  );
});
