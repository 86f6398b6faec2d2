import { concurrency } from 'portcall/middleware';
import { describe, expect, test } from 'vitest';

import { failureOf } from '../launch/children.ts';
import { calling, serving } from './every-side.ts';

const none = undefined as never;

describe.each([...calling, ...serving])('concurrency() around %s', (_, open) => {
  test('lets so many calls be under way, and the others wait in order', async () => {
    const { remote } = open(concurrency({ calls: 2 }));
    const done: string[] = [];
    const calls = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      remote.slow(name, 15, none).then((result) => done.push(result)),
    );
    await Promise.all(calls);
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await remote.mostAtOnce()).toBe(2);
  });

  test('refuses what may not wait, and goes on when calls fail', async () => {
    const { remote } = open(concurrency({ calls: 1, waiting: 1 }));
    const calls = [remote.flaky('a', 9), remote.flaky('b', 0), remote.flaky('c', 0)].map((call) =>
      call.then(
        () => 'fine',
        (error: { code: string; delivery: string; message: string }) => [error.code, error.message],
      ),
    );
    expect(await Promise.all(calls)).toEqual([
      ['OVERLOADED', 'busy'],
      'fine',
      [
        'OVERLOADED',
        'flaky() was not made: 1 calls are under way (concurrency), and 1 wait already. Make it again later',
      ],
    ]);
    expect(await remote.count('c')).toBe(0);
    expect(await remote.quick('d')).toBe(1);
  });
});

describe.each(calling)('a call that waits for its turn, among %s', (_, open) => {
  test('leaves when its signal aborts or its time is over', async () => {
    const caller = open(concurrency({ calls: 1 }));
    await caller.ready;
    const controller = new AbortController();
    const first = failureOf(caller.remote.slow('first', 60_000, none));
    const aborted = failureOf(caller.with({ signal: controller.signal }).quick('aborted'));
    const late = failureOf(caller.with({ timeoutMs: 30 }).quick('late'));
    const last = failureOf(caller.with({ timeoutMs: 10_000, signal: controller.signal }).quick('last'));
    const reason = new Error('enough');
    expect(await late).toMatchObject({ code: 'TIMEOUT', delivery: 'not-sent' });
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    expect(await last).toBe(reason);
    await caller.close({ graceMs: 0 });
    expect(await first).toMatchObject({ delivery: 'unknown' });
  });

  test('has waited for part of its time', async () => {
    const caller = open(concurrency({ calls: 1 }));
    await caller.ready;
    const first = caller.remote.slow('first', 150, none);
    const second = failureOf(caller.with({ timeoutMs: 300 }).slow('second', 60_000, none));
    await first;
    const began = performance.now();
    expect(await second).toMatchObject({ code: 'TIMEOUT', delivery: 'unknown' });
    expect(performance.now() - began).toBeLessThan(280);
  });

  test('that was aborted before is not made at all', async () => {
    const caller = open(concurrency({ calls: 1 }));
    const first = caller.remote.slow('first', 20, none);
    const reason = new Error('before');
    expect(await failureOf(caller.with({ signal: AbortSignal.abort(reason) }).quick('x'))).toBe(reason);
    await first;
  });
});

test.each<[string, object]>([
  ['calls', {}],
  ['calls', { calls: 0 }],
  ['waiting', { calls: 1, waiting: -1 }],
  ['max', { max: 1 }],
])('concurrency() refuses a wrong %s', (name, options) => {
  expect(() => concurrency(options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) }),
  );
});
