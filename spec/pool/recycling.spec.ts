import { describe, expect, test, vi } from 'vitest';

import { kinds, open, range } from './pools.ts';

describe.each(kinds)('a member of a pool is replaced (%s)', (kind) => {
  test('after so many calls, none of which is lost', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1, recycle: { afterCalls: 3 } });
    const who = await Promise.all(range(9).map(() => pool.remote.whoami()));
    expect(new Set(who).size).toBe(3);
    expect(who[0]).toBe(who[2]);
    expect(pool.stats.restarts).toBe(0);
  });

  test('after a time', async () => {
    const pool = open(kind, { min: 1, max: 1, recycle: { afterMs: 200 } });
    const first = await pool.remote.whoami();
    const why = new Promise((resolve) => pool.on('end', (end) => resolve(end.why)));
    expect(await why).toBe('recycled');
    expect(await pool.remote.whoami()).not.toBe(first);
  });

  test('when its heap has grown too large', async () => {
    const pool = open(kind, { min: 1, max: 1, recycle: { aboveHeapBytes: 40 * 1024 * 1024 } });
    const first = await pool.remote.whoami();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await pool.remote.whoami()).toBe(first);
    expect(await pool.remote.keep(1_000_000)).toBe(first);
    await vi.waitFor(async () => expect(await pool.remote.whoami()).not.toBe(first), { timeout: 5000 });
    expect(await pool.remote.VERSION).toBe('1.2');
  });

  test('once its calls have ended', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 2, recycle: { afterCalls: 1 } });
    await pool.ready;
    const long = pool.remote.whoAfter(200);
    const short = await pool.remote.whoami();
    expect(await pool.remote.whoami()).not.toBe(short);
    expect(await long).toBe(short);
  });
});

describe('a process of a pool is replaced', () => {
  test('when it takes too much memory', async () => {
    const pool = open('fork', { min: 1, max: 1, recycle: { aboveRssBytes: 1024 * 1024 } });
    const first = await pool.remote.whoami();
    await vi.waitFor(async () => expect(await pool.remote.whoami()).not.toBe(first), { timeout: 5000 });
  });
});
