import { describe, expect, test } from 'vitest';

import { Queue } from '../../lib/pool/queue.ts';
import { failureOf, kinds, open, range } from './pools.ts';

class Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  readonly name: string;
  readonly priority: number;
  readonly key: string | undefined;
  readonly since: number;

  constructor(name: string, priority = 0, key?: string, since = 0) {
    this.name = name;
    this.priority = priority;
    this.key = key;
    this.since = since;
  }
}

function inOrder(queue: Queue<Waiter>): string {
  const names: string[] = [];
  for (let next = queue.next; next !== undefined; next = queue.next) {
    queue.remove(next);
    names.push(next.name);
  }
  return names.join(' ');
}

describe('calls that wait', () => {
  test('are served in the order in which they came', () => {
    const queue = new Queue<Waiter>(1000);
    for (const name of ['a', 'b', 'c']) queue.push(new Waiter(name));
    expect(queue.size).toBe(3);
    expect(inOrder(queue)).toBe('a b c');
    expect(queue.size).toBe(0);
  });

  test('are served by priority, those of one priority in order', () => {
    const queue = new Queue<Waiter>(1000);
    for (const [name, priority] of [
      ['a', 0],
      ['b', 5],
      ['c', -1],
      ['d', 5],
      ['e', 7],
    ] as const)
      queue.push(new Waiter(name, priority));
    expect(inOrder(queue)).toBe('e b d a c');
  });

  test('are as urgent as one of a higher priority once they have waited for long enough', () => {
    const queue = new Queue<Waiter>(1000);
    queue.push(new Waiter('patient', 0, undefined, 0));
    queue.push(new Waiter('soon', 2, undefined, 1999));
    queue.push(new Waiter('late', 2, undefined, 2001));
    expect(inOrder(queue)).toBe('soon patient late');
  });

  test('do not age where that is not wanted', () => {
    const queue = new Queue<Waiter>(Infinity);
    queue.push(new Waiter('patient', 0, undefined, 0));
    queue.push(new Waiter('late', 1, undefined, 1e9));
    expect(inOrder(queue)).toBe('late patient');
  });

  test('share the turns among their keys', () => {
    const queue = new Queue<Waiter>(1000);
    for (const name of ['a1', 'a2', 'a3', 'a4']) queue.push(new Waiter(name, 0, 'a'));
    for (const name of ['b1', 'b2']) queue.push(new Waiter(name, 0, 'b'));
    queue.push(new Waiter('none'));
    expect(inOrder(queue)).toBe('a1 b1 none a2 b2 a3 a4');
  });

  test('can leave from anywhere', () => {
    const queue = new Queue<Waiter>(1000);
    const waiters = range(9).map((n) => new Waiter(`${n}`, n % 2, n % 3 === 0 ? 'x' : undefined));
    for (const waiter of waiters) queue.push(waiter);
    for (const n of [0, 4, 8, 3]) queue.remove(waiters[n]!);
    expect(queue.size).toBe(5);
    expect(inOrder(queue)).toBe('1 5 7 2 6');
  });

  test('of two queues tell which is first', () => {
    const one = new Queue<Waiter>(1000);
    const other = new Queue<Waiter>(1000);
    expect(one.isBefore(other)).toBe(false);
    one.push(new Waiter('a', 0, undefined, 10));
    expect(one.isBefore(other)).toBe(true);
    other.push(new Waiter('b', 1, undefined, 20));
    expect([one.isBefore(other), other.isBefore(one)]).toEqual([false, true]);
  });
});

describe.each(kinds)('the queue of a pool (%s)', (kind) => {
  const one = { min: 1, max: 1, concurrency: 1 } as const;

  test('refuses what is too much', async () => {
    const pool = open(kind, { ...one, queue: { limit: 2 } });
    const full: number[] = [];
    pool.on('full', ({ queued }) => full.push(queued));
    await pool.ready;
    const calls = range(3).map((n) => pool.remote.delay(50, n));
    const error = await failureOf(pool.remote.echo(1));
    expect(error).toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
    expect((error as Error).message).toContain('queue.limit');
    expect(full).toEqual([2]);
    expect(await Promise.all(calls)).toEqual([0, 1, 2]);
    expect(await pool.remote.echo(1)).toBe(1);
  });

  test('lets calls wait for a place in it, if so wanted, up to the limit on pending calls', async () => {
    const pool = open(kind, { ...one, queue: { limit: 2, whenFull: 'wait' }, limits: { pendingCalls: 4 } });
    await pool.ready;
    const order: number[] = [];
    const calls = range(7).map((n) => pool.remote.delay(10, n).then(() => order.push(n)));
    expect(pool.stats).toMatchObject({ running: 1, queued: 2, waiting: 4 });
    expect(await failureOf(pool.remote.echo(1))).toMatchObject({ code: 'OVERLOADED' });
    await Promise.all(calls);
    expect(order).toEqual(range(7));
    expect(pool.stats).toMatchObject({ running: 0, queued: 0, waiting: 0 });
  });

  test('serves by priority, and the keys in turn', async () => {
    const pool = open(kind, one);
    await pool.ready;
    const order: string[] = [];
    const call = (name: string, options: object) =>
      pool
        .with(options)
        .delay(1, name)
        .then(() => order.push(name));
    await Promise.all([
      call('first', {}),
      call('a1', { key: 'a' }),
      call('a2', { key: 'a' }),
      call('b1', { key: 'b' }),
      call('urgent', { priority: 10 }),
      call('later', { priority: -1 }),
    ]);
    expect(order).toEqual(['first', 'urgent', 'a1', 'b1', 'a2', 'later']);
  });

  test('holds a hundred thousand calls', { timeout: 60_000 }, async () => {
    const pool = open(kind, { min: 2, max: 2 });
    await pool.ready;
    const results = await Promise.all(range(100_000).map((n) => pool.remote.echo(n)));
    expect(results.every((result, n) => result === n)).toBe(true);
    expect(pool.stats).toMatchObject({ running: 0, queued: 0, finished: 100_000 });
  });
});
