import { expect, test } from 'vitest';

import { blocking, errorOf } from './blocking.ts';

test('calls of both kinds start in the order in which they were made', async () => {
  const { sync, remote } = blocking();
  void remote.note(1);
  sync.note(2);
  void remote.note(3);
  void remote.note(4);
  sync.note(5);
  expect(sync.noted()).toEqual([1, 2, 3, 4, 5]);
});

test('asynchronous calls under way settle with what has arrived meanwhile', async () => {
  const { sync, remote, stats } = blocking();
  const [before, slow] = [remote.add(1, 2), remote.delay(5, 'slow')];
  expect(sync.delay(40, 'blocked')).toBe('blocked');
  expect(stats.pendingCalls).toBe(0);
  const after = remote.add(3, 4);
  expect(await Promise.all([before, slow, after])).toEqual([3, 'slow', 7]);
});

test('a reply that has come while the thread was blocked wins over the deadline of its call', async () => {
  const child = blocking();
  await child.ready;
  const call = child.with({ timeoutMs: 20 }).add(1, 2);
  expect(child.sync.delay(60, 1)).toBe(1);
  expect(await call).toBe(3);
});

test('many asynchronous calls with large values do not stop a blocking one', async () => {
  const { sync, remote } = blocking();
  const bytes = new Uint8Array(600_000);
  const all = Array.from({ length: 12 }, async () => ((await remote.echo(bytes)) as Uint8Array).byteLength);
  expect(sync.add(1, 2)).toBe(3);
  expect(new Set(await Promise.all(all))).toEqual(new Set([600_000]));
});

test('a blocking call within one that serves the worker', async () => {
  const served: number[] = [];
  const child = blocking({
    expose: {
      served(n: number): number {
        served.push(n);
        return n === 0 ? child.sync.add(40, 2) : child.sync.nest(n - 1);
      },
    },
  });
  expect(child.sync.nest(3)).toBe(42);
  expect(await child.remote.nest(2)).toBe(42);
  expect(served).toEqual([3, 2, 1, 0, 2, 1, 0]);
});

test('what came with the message that is served is read before what comes later', async () => {
  const served: number[] = [];
  const child = blocking({
    expose: {
      served(n: number): number {
        served.push(n);
        return child.sync.add(n, 100);
      },
    },
  });
  expect(await child.remote.nestTwice(1)).toEqual([101, 102]);
  expect(child.sync.nestTwice(3)).toEqual([103, 104]);
  expect(served).toEqual([1, 2, 3, 4]);
  expect(child.stats.ignoredMessages).toBe(0);
});

test('the worker is terminated by what serves it, while its caller is blocked', async () => {
  const child = blocking({
    expose: {
      served(n: number): number {
        void child.terminate();
        return n;
      },
    },
  });
  expect(errorOf(() => child.sync.nest(1))).toMatchObject({ code: 'CHILD_EXITED' });
  child.ref();
  await child.exited;
});
