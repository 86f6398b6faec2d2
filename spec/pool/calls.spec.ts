import { RpcError, type Middleware } from 'portcall';
import { describe, expect, test } from 'vitest';

import { failureOf, kinds, open, range } from './pools.ts';

describe.each(kinds)('a call of a pool (%s)', (kind) => {
  test('is made at one of its members, as at a single child', async () => {
    const pool = open(kind, { min: 2, max: 2 });
    const map = new Map([['a', new Date(0)]]);
    expect(await pool.remote.echo(map)).toEqual(map);
    expect(await pool.remote.VERSION).toBe('1.2');
    expect(await failureOf(pool.remote.fail('no'))).toBeInstanceOf(RangeError);
    // @ts-expect-error: there is none.
    expect(await failureOf(pool.remote.ecko(1))).toMatchObject({ code: 'METHOD_NOT_FOUND' });
  });

  test('tells where it was awaited when it fails', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 1 });
    async function awaitedHere(): Promise<unknown> {
      return await pool.remote.fail('no');
    }
    const atOnce = awaitedHere();
    const queued = awaitedHere();
    for (const error of await Promise.all([atOnce, queued].map(failureOf)))
      expect((error as Error).stack).toMatch(/fail .*work\.js.*awaitedHere/s);
  });

  test('goes to the member that has the fewest', async () => {
    const pool = open(kind, { min: 2, max: 2, concurrency: 2 });
    await pool.ready;
    const busy = pool.remote.whoAfter(200);
    const others: string[] = [];
    for (let i = 0; i < 4; i++) others.push(await pool.remote.whoami());
    expect(new Set(others).size).toBe(1);
    expect(others).not.toContain(await busy);
  });

  test('goes to each member in turn, if so wanted', async () => {
    const pool = open(kind, { min: 3, max: 3, balance: 'round-robin' });
    await pool.ready;
    const who: string[] = [];
    for (let i = 0; i < 6; i++) who.push(await pool.remote.whoami());
    expect(new Set(who).size).toBe(3);
    expect(who.slice(3)).toEqual(who.slice(0, 3));
  });

  test('goes to the member that has its key, and waits for it', async () => {
    const pool = open(kind, { min: 2, max: 2, balance: 'key', concurrency: 1 });
    await pool.ready;
    const counts = await Promise.all(
      ['ada', 'bob', 'eve'].flatMap((key) => range(5).map(() => pool.with({ key }).count(key))),
    );
    // Had one of them gone elsewhere, a count would begin again.
    expect(counts).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    const [ada, bob] = await Promise.all(['ada', 'bob'].map((key) => pool.with({ key }).whoami()));
    expect(ada).not.toBe(bob);
  });

  test('goes elsewhere with its key once the member that had it has died', async () => {
    const pool = open(kind, { min: 2, max: 2, balance: 'key', concurrency: 1 });
    const ada = pool.with({ key: 'ada' });
    const first = await ada.whoami();
    const dying = failureOf(ada.exit(1));
    const waiting = ada.whoami();
    await dying;
    expect(await waiting).not.toBe(first);
    expect(await ada.whoami()).toBe(await waiting);
  });

  test('goes where a function says', async () => {
    const seen: unknown[] = [];
    const pool = open(kind, {
      min: 2,
      max: 2,
      concurrency: 1,
      balance: (members, call) => {
        seen.push(call);
        return members.find(({ id }) => id === call.args[0])?.id;
      },
    });
    await pool.ready;
    const first = await pool.remote.echo(1).then(() => pool.stats.members.map(({ finished }) => finished));
    expect(first).toEqual([1, 0]);
    await Promise.all([2, 2, 2, 2].map((id) => pool.remote.echo(id)));
    expect(pool.stats.members.map(({ finished }) => finished)).toEqual([1, 4]);
    expect(seen[0]).toEqual({ path: ['echo'], args: [1], key: undefined, priority: 0 });
  });

  test('goes on where such a function fails, and that is told', async () => {
    const errors: unknown[] = [];
    const pool = open(kind, {
      min: 1,
      max: 1,
      onError: (error) => errors.push(error),
      balance: (members) => {
        if (members[0]?.finished === 0) throw new RangeError('cannot count');
        return 99;
      },
    });
    await pool.ready;
    expect(await pool.remote.echo(1)).toBe(1);
    expect(await pool.remote.echo(2)).toBe(2);
    expect(errors.map(String)).toEqual([
      'RangeError: cannot count',
      expect.stringContaining('99, which is no member’s id'),
    ]);
  });

  test('passes the middleware once, however often it is made', async () => {
    const seen: string[] = [];
    const noting: Middleware = (next) => async (call) => {
      seen.push(call.target.path.join('.'));
      return next(call);
    };
    const pool = open(kind, { min: 1, max: 1, middleware: [noting] });
    await failureOf(pool.with({ idempotent: true, retries: 1 }).exit(1));
    expect(seen).toEqual(['exit']);
  });

  test('is one of several under way at a member where they are short, and alone where they are long', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    await pool.ready;
    await Promise.all(range(500).map((n) => pool.remote.echo(n)));
    const short = range(64).map((n) => pool.remote.echo(n));
    expect(pool.stats.members[0]?.running).toBeGreaterThan(8);
    await Promise.all(short);
    for (let i = 0; i < 3; i++) await pool.remote.compute(60);
    const long = range(3).map(() => pool.remote.compute(60));
    expect(pool.stats.members[0]?.running).toBe(1);
    await Promise.all(long);
  });

  test('is one of as many as the option says', async () => {
    const pool = open(kind, { min: 1, max: 1, concurrency: 3 });
    await pool.ready;
    const calls = range(5).map(() => pool.remote.delay(100));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pool.stats).toMatchObject({ running: 3, queued: 2 });
    await Promise.all(calls);
  });

  test('has an AbortSignal among its arguments live at the member', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    const controller = new AbortController();
    const call = failureOf(pool.remote.untilAborted(controller.signal));
    await pool.ready;
    controller.abort(new RangeError('enough'));
    expect(await call).toBe(controller.signal.reason);
  });

  test('needs no reply', async () => {
    const pool = open(kind, { min: 1, max: 1 });
    expect(await pool.with({ oneway: true }).count('oneway')).toBeUndefined();
    expect(await pool.remote.count('oneway')).toBe(2);
  });
});

describe.each(kinds)('a call on each member of a pool (%s)', (kind) => {
  test('gives the results of all, busy ones and starting ones too', async () => {
    const pool = open(kind, { min: 3, max: 3, concurrency: 1 });
    const busy = pool.remote.whoAfter(100);
    const all = await pool.each.whoami();
    expect(new Set(all).size).toBe(3);
    expect(all).toContain(await busy);
    expect(await pool.each.VERSION).toEqual(['1.2', '1.2', '1.2']);
  });

  test('rejects with what one has thrown, or with all that several have', async () => {
    const pool = open(kind, { min: 1, max: 2 });
    expect(await failureOf(pool.each.fail('alone'))).toMatchObject({ name: 'RangeError', message: 'alone' });
    pool.resize({ min: 2 });
    const error = await failureOf(pool.each.fail('both'));
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors.map(String)).toEqual(['RangeError: both', 'RangeError: both']);
  });

  test('is refused when the pool is closed', async () => {
    const pool = open(kind, { min: 1 });
    await pool.close();
    const error = await failureOf(pool.each.whoami());
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
  });
});

describe.each(kinds)('the setup of a pool (%s)', (kind) => {
  test('runs in each member before its first call', async () => {
    const pool = open(kind, { min: 2, max: 2, setup: 'setup' });
    expect(await Promise.all(range(6).map(() => pool.remote.whatWas()))).toEqual(
      range(6).map(() => 'set up'),
    );
    expect(await open(kind, { min: 1 }).remote.whatWas()).toBe('nothing was');
  });

  test('has its teardown run in each member before its end', async () => {
    const lines: string[] = [];
    const pool = open(kind, {
      min: 2,
      max: 2,
      setup: 'setup',
      teardown: 'teardown',
      stdout: (line) => lines.push(line),
    });
    await pool.ready;
    await pool.close();
    expect(lines).toEqual(['torn down: set up', 'torn down: set up']);
  });

  test('has what its teardown throws told to onError', async () => {
    const errors: unknown[] = [];
    const pool = open(kind, {
      min: 1,
      max: 1,
      teardown: 'failingSetup',
      onError: (error) => errors.push(error),
    });
    await pool.ready;
    await pool.close();
    expect(errors.map(String)).toEqual(['RangeError: there is no database']);
  });
});
