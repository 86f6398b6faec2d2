import { coreBudget, type PoolEvents } from 'portcall';
import { describe, expect, test, vi } from 'vitest';

import { Loads } from '../../lib/pool/loads.ts';
import { kinds, open, range, type Options } from './pools.ts';

describe.each(kinds)('a pool (%s)', (kind) => {
  test('begins with as few members as it may have, and has no more than it may', async () => {
    const pool = open(kind, { min: 1, max: 3, concurrency: 1 });
    await pool.ready;
    expect(pool.stats.members).toHaveLength(1);
    await Promise.all(range(12).map(() => pool.remote.delay(100)));
    expect(pool.stats.members).toHaveLength(3);
  });

  test('begins without any where that is wanted', async () => {
    for (const options of [{ min: 0 }, { min: 1, warmUp: false }] as Options[]) {
      const pool = open(kind, options);
      await pool.ready;
      expect(pool.stats.members).toHaveLength(0);
      expect(await pool.remote.echo(1)).toBe(1);
      expect(pool.stats.members).toHaveLength(1);
    }
  });

  test('starts no more members than there are calls', async () => {
    const pool = open(kind, { min: 0, max: 8 });
    await Promise.all([pool.remote.delay(50), pool.remote.delay(50)]);
    expect(pool.stats.members).toHaveLength(2);
  });

  test('ends members that idle, down to as few as it may have', async () => {
    const pool = open(kind, { min: 1, max: 3, concurrency: 1, idleTimeoutMs: 100 });
    const why: string[] = [];
    pool.on('end', (end) => why.push(end.why));
    await Promise.all(range(9).map(() => pool.remote.delay(100)));
    expect(pool.stats.members).toHaveLength(3);
    await vi.waitFor(() => expect(why).toEqual(['idle', 'idle']), { timeout: 5000 });
    expect(pool.stats.members).toHaveLength(1);
    expect(await pool.remote.echo(1)).toBe(1);
  });

  test('can be made larger and smaller, while it is busy too', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1 });
    const calls = range(20).map((n) => pool.remote.delay(30, n));
    pool.resize({ min: 3, max: 3 });
    await vi.waitFor(
      () => expect(pool.stats.members.filter(({ state }) => state === 'ready')).toHaveLength(3),
      { timeout: 5000 },
    );
    pool.resize({ min: 1, max: 1 });
    expect(await Promise.all(calls)).toEqual(range(20));
    await vi.waitFor(() => expect(pool.stats.members).toHaveLength(1), { timeout: 5000 });
    expect(() => pool.resize({ min: 5 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  test('tells what happens to its members', async () => {
    const pool = open(kind, { min: 0, max: 1 });
    const events: string[] = [];
    const note = (name: keyof PoolEvents) => pool.on(name, () => void events.push(name));
    note('start');
    note('ready');
    note('idle');
    const stop = note('end');
    await pool.remote.echo(1);
    expect(events).toEqual(['start', 'ready', 'idle']);
    stop();
    await pool.close();
    expect(events).not.toContain('end');
  });

  test('tells of what its listeners throw', async () => {
    const errors: unknown[] = [];
    const pool = open(kind, { min: 0, max: 1, onError: (error) => errors.push(error) });
    pool.on('ready', () => {
      throw new RangeError('a listener');
    });
    await pool.remote.echo(1);
    expect(errors.map(String)).toEqual(['RangeError: a listener']);
  });
});

describe('pools that share a budget of cores', () => {
  const options = { min: 0, max: 4, concurrency: 1 } as const;

  test('have no more members together than there are cores', async () => {
    const budget = coreBudget(3);
    const pools = kinds.map((kind) => open(kind, { ...options, budget }));
    const used: number[] = [];
    for (const pool of pools) pool.on('start', () => used.push(budget.used));
    await Promise.all(pools.flatMap((pool) => range(12).map(() => pool.remote.delay(20))));
    // The second pool is not left without any until one of the first's has ended.
    expect(Math.max(...used)).toBeLessThanOrEqual(4);
    expect(budget.used).toBeLessThanOrEqual(3);
    await Promise.all(pools.map((pool) => pool.close()));
    expect(budget.used).toBe(0);
  });

  test('make room for each other: idle members go, and none is left without', async () => {
    const budget = coreBudget(2);
    const [one, other] = kinds.map((kind) => open(kind, { ...options, budget }));
    await Promise.all(range(6).map(() => one!.remote.delay(50)));
    expect(one!.stats.members).toHaveLength(2);
    const ends: string[] = [];
    one!.on('end', ({ why }) => ends.push(why));
    await Promise.all(range(4).map(() => other!.remote.delay(100)));
    expect(ends).toEqual(['surplus']);
    expect(other!.stats.members.length).toBeGreaterThan(0);
  });

  test('share evenly while both are busy', async () => {
    const budget = coreBudget(4);
    const [one, other] = kinds.map((kind) => open(kind, { ...options, budget }));
    const stop = new AbortController();
    const flood = (pool: typeof one): Promise<unknown>[] =>
      range(400).map(() =>
        pool!
          .with({ signal: stop.signal })
          .delay(20)
          .catch(() => {}),
      );
    const first = flood(one);
    await vi.waitFor(() => expect(one!.stats.members).toHaveLength(4), { timeout: 5000 });
    const second = flood(other);
    await vi.waitFor(() => expect(other!.stats.members.length).toBeGreaterThanOrEqual(2), {
      timeout: 10_000,
    });
    expect(budget.used).toBeLessThanOrEqual(5);
    stop.abort(new RangeError('enough'));
    await Promise.all([...first, ...second]);
  });

  test('refuse what is no budget', () => {
    expect(() => coreBudget(0)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => open('worker', { budget: {} as never })).toThrow(/coreBudget\(\)/);
  });
});

describe('the loads of members', () => {
  test('give the least loaded, whatever comes and goes', () => {
    class One {
      before: One | undefined;
      after: One | undefined;
      load = 0;
    }
    const loads = new Loads<One>();
    const all = new Set<One>();
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let step = 0; step < 5000; step++) {
      const some = [...all][random(Math.max(1, all.size))];
      const what = random(10);
      if (some === undefined || (what === 0 && all.size < 64)) {
        const one = new One();
        all.add(one);
        loads.add(one);
      } else if (what === 1) {
        all.delete(some);
        loads.remove(some);
      } else loads.change(some, some.load > 0 && what < 5 ? -1 : 1);
      expect(loads.size).toBe(all.size);
      const least = Math.min(...[...all].map(({ load }) => load));
      expect(loads.least?.load).toBe(all.size === 0 ? undefined : least);
    }
  });
});
