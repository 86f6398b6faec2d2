import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';

import { failureOf, kinds, open, range } from './pools.ts';

describe.each(kinds)('a call of a pool that is stopped (%s)', (kind) => {
  const one = { min: 1, max: 1, concurrency: 1 } as const;

  test('before it is made is not made', async () => {
    const pool = open(kind, one);
    await pool.ready;
    const signal = AbortSignal.abort(new RangeError('too early'));
    expect(await failureOf(pool.with({ signal }).count('n'))).toBe(signal.reason);
    const busy = pool.remote.delay(30);
    expect(await failureOf(pool.with({ signal }).count('n'))).toBe(signal.reason);
    await busy;
    expect(await pool.remote.count('n')).toBe(1);
  });

  test('while it waits leaves the queue', async () => {
    const pool = open(kind, one);
    await pool.ready;
    const busy = pool.remote.delay(100, 'done');
    const controller = new AbortController();
    const waiting = range(100).map(() => failureOf(pool.with({ signal: controller.signal }).count('n')));
    const late = failureOf(pool.with({ timeoutMs: 20 }).count('n'));
    expect(pool.stats.queued).toBe(101);
    controller.abort(new RangeError('enough'));
    expect(pool.stats.queued).toBe(1);
    for (const reason of await Promise.all(waiting)) expect(reason).toBe(controller.signal.reason);
    expect(await late).toMatchObject({ code: 'TIMEOUT', delivery: 'not-sent' });
    expect(pool.stats.queued).toBe(0);
    expect(await busy).toBe('done');
    expect(await pool.remote.count('n')).toBe(1);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('while it runs rejects at once, and tells the function', async () => {
    const pool = open(kind, one);
    await pool.ready;
    const controller = new AbortController();
    const call = failureOf(pool.with({ signal: controller.signal }).never());
    await vi.waitFor(() => expect(pool.stats.running).toBe(1), { timeout: 5000 });
    controller.abort(new RangeError('enough'));
    expect(await call).toBe(controller.signal.reason);
    expect(await pool.remote.echo('goes on')).toBe('goes on');
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('by its deadline counts the time that it waited', async () => {
    const pool = open(kind, one);
    await pool.ready;
    const busy = pool.remote.delay(150);
    const started = performance.now();
    const error = await failureOf(pool.with({ timeoutMs: 250 }).never());
    const took = performance.now() - started;
    expect(error).toMatchObject({ code: 'TIMEOUT', delivery: 'unknown' });
    expect((error as Error).message).toContain('250 ms');
    expect(took).toBeGreaterThan(240);
    expect(took).toBeLessThan(600);
    await busy;
  });

  test('and loops on keeps no other call waiting, where there is another member', async () => {
    const pool = open(kind, { min: 2, max: 2, concurrency: 8 });
    await pool.ready;
    expect(await failureOf(pool.with({ timeoutMs: 50 }).spin())).toMatchObject({ code: 'TIMEOUT' });
    // The one that loops has no call that anybody waits for, and yet it gets none.
    const calls = range(6).map((n) => pool.with({ timeoutMs: 3000 }).delay(20, n));
    expect(await Promise.all(calls)).toEqual(range(6));
    await pool.terminate();
  });

  test('and loops on is terminated with its member where that is wanted, and the member replaced', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 2, kill: true, cancelGraceMs: 100 });
    const before = await pool.remote.whoami();
    const controller = new AbortController();
    const loop = failureOf(pool.with({ signal: controller.signal }).spin());
    const beside = failureOf(pool.remote.echo('on the same member'));
    // Long enough for both to have been sent.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = performance.now();
    controller.abort(new RangeError('enough'));
    expect(await loop).toBe(controller.signal.reason);
    expect(((await beside) as Error).message).toContain('spin()');
    expect(performance.now() - started).toBeLessThan(1000);
    const after = pool.remote.whoami();
    expect(await after).not.toBe(before);
    expect(pool.state).toBe('open');
  });
});
