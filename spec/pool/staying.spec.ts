import { describe, expect, test, vi } from 'vitest';

import { failureOf, kinds, open, range } from './pools.ts';

describe.each(kinds)('what stays at its member (%s)', (kind) => {
  test('is a stream, iterated at once or later, from a call that waited or did not', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1 });
    await pool.ready;
    const read = async (items: AsyncIterable<number>): Promise<number[]> => {
      const all: number[] = [];
      for await (const item of items) all.push(item);
      return all;
    };
    const streams = range(3).map(() => pool.remote.upTo(1000));
    expect(await Promise.all(streams.map(read))).toEqual(range(3).map(() => range(1000)));
    expect(await read(await pool.remote.upTo(10))).toEqual(range(10));
    const items = pool.remote.fail('no stream') as unknown as AsyncIterable<number>;
    expect(await failureOf(read(items))).toMatchObject({ message: 'no stream' });
  });

  test('is a callback', async () => {
    const pool = open(kind, { min: 2, max: 2 });
    const seen: number[] = [];
    await pool.remote.callBack((n) => void seen.push(n), 5);
    expect(seen).toEqual(range(5));
  });

  test('is an instance, and all calls on it', async () => {
    const pool = open(kind, { min: 2, max: 2, setup: 'setup' });
    const counters = await Promise.all([10, 20, 30, 40].map((start) => new pool.remote.Counter(start)));
    const homes = await Promise.all(counters.map((counter) => counter.home()));
    expect(new Set(homes).size).toBeLessThanOrEqual(2);
    for (const [index, counter] of counters.entries()) {
      expect(await counter.home()).toBe(homes[index]);
      expect(await counter.add(index)).toBe(10 * (index + 1) + index);
    }
  });

  test('is an instance that is used before it is there, made at the home of its key', async () => {
    const pool = open(kind, { min: 2, max: 2, balance: 'key' });
    await pool.ready;
    const ada = pool.with({ key: 'ada' });
    expect(await new pool.remote.Counter(1).add(2)).toBe(3);
    const bob = pool.with({ key: 'bob' });
    const homes = await Promise.all([ada.whoAfter(100), bob.whoAfter(100)]);
    expect(homes[0]).not.toBe(homes[1]);
    expect(await Promise.all([ada, bob].map((remote) => new remote.Counter(1).home()))).toEqual(homes);
    expect(await new pool.pipeline.Counter(5).add(1)).toBe(6);
  });

  test('keeps its member from being replaced before it is released', async () => {
    const pool = open(kind, { min: 1, max: 1, recycle: { afterCalls: 2 } });
    const counter = await new pool.remote.Counter(1);
    const home = await counter.home();
    await pool.remote.echo(1);
    await vi.waitFor(async () => expect(await pool.remote.whoami()).not.toBe(home), { timeout: 5000 });
    expect(await counter.add(1)).toBe(2);
    expect(await counter.home()).toBe(home);
    const ended = new Promise((resolve) => pool.on('end', (end) => resolve(end.why)));
    counter[Symbol.dispose]();
    expect(await ended).toBe('recycled');
  });

  test('keeps its member no longer than it may', async () => {
    const pool = open(kind, { min: 1, max: 1, recycle: { afterCalls: 1 }, drainTimeoutMs: 100 });
    const ended = new Promise((resolve) => pool.on('end', resolve));
    const counter = await new pool.remote.Counter(1);
    await ended;
    expect(await failureOf(counter.add(1))).toMatchObject({ delivery: 'not-sent' });
  });

  test('ends with its member', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    const counter = await new pool.remote.Counter(1);
    await failureOf(pool.remote.exit(3));
    expect(await failureOf(counter.add(1))).toMatchObject({ code: 'CHILD_EXITED' });
    expect(await pool.remote.echo('goes on')).toBe('goes on');
  });

  test('is nothing that can be made on each member', async () => {
    const pool = open(kind, { min: 1 });
    const each = pool.each as unknown as typeof pool.remote;
    expect(await failureOf(new each.Counter(1))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('cannot be made once the pool is closed, nor where no member starts', async () => {
    const pool = open(kind, { min: 1 });
    await pool.close();
    expect(await failureOf(new pool.remote.Counter(1))).toMatchObject({ code: 'CHANNEL_CLOSED' });
    const broken = open(kind, { min: 0, setup: 'failingSetup' });
    expect(await failureOf(new broken.remote.Counter(1))).toMatchObject({ code: 'START_FAILED' });
  });
});
