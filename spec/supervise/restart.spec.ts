import { getEventListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RpcError, spawn, type Child, type Restart } from 'portcall';
import { describe, expect, test, vi } from 'vitest';

import { block, channels, failureOf, fixture, start, tracked, turn } from '../launch/children.ts';
import { counted } from './counted.ts';

type Keeping = typeof import('../fixtures/lives/keeping.js');

const quick = { backoff: { minMs: 1 } };

test.each(channels)('over %s a child with restart is started again', async (channel) => {
  const { child } = counted(channel, { restart: quick });
  await failureOf(child.remote.exit(3));
  expect(await child.remote.starts).toBe(2);
});

// The others differ from these in nothing that a supervisor knows of.
describe.each(['pipe', 'worker'] as const)('over %s a child with restart', (channel) => {
  test('is started again, and its remote goes on', async () => {
    const { child, starts } = counted(channel, { restart: quick });
    const { remote } = child;
    const before = await remote.starts;
    const error = await failureOf(remote.exit(3));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown', exit: { code: 3 } });
    expect([before, await remote.starts, starts()]).toEqual([1, 2, 2]);
    expect(child.restarts).toBe(1);
    expect(child.state).toBe('ready');
  });

  test('keeps calls until it is there again, in the order in which they were made', async () => {
    const restarts: Restart[] = [];
    const { child } = counted(channel, {
      restart: { backoff: { minMs: 200, jitter: 0 } },
      onRestart: (restart) => restarts.push(restart),
    });
    await failureOf(child.remote.exit(3));
    await vi.waitFor(() => expect(child.state).toBe('restarting'));
    const order: number[] = [];
    const calls = [1, 2, 3].map((value) => child.remote.echo(value).then(() => order.push(value)));
    expect(child.stats.pendingCalls).toBe(3);
    await Promise.all(calls);
    expect(order).toEqual([1, 2, 3]);
    expect(restarts).toMatchObject([{ reason: 'ended', exit: { code: 3 }, restarts: 1, delayMs: 200 }]);
  });

  test('makes a call on the next life that was made before anybody knew of the end', async () => {
    const { child } = counted(channel, { restart: quick });
    await child.ready;
    const outcome = failureOf(child.remote.exit(3));
    await turn();
    block(300);
    // The child is gone; this process has not looked yet.
    const late = Array.from({ length: 10 }, (_, index) =>
      child.with({ idempotent: true }).echo(index).catch(String),
    );
    expect(await Promise.all(late)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED' });
  });

  test('keeps the arguments of waiting calls as they were at the call', async () => {
    const { child } = counted(channel, { restart: { backoff: { minMs: 100 } } });
    await failureOf(child.remote.exit(3));
    await vi.waitFor(() => expect(child.state).toBe('restarting'));
    const value = { text: 'as it was' };
    const call = child.remote.echo(value);
    value.text = 'as it is';
    expect(await call).toEqual({ text: 'as it was' });
  });

  test('sends idempotent calls again, and no others', async () => {
    const { child } = counted(channel, { restart: quick });
    await child.ready;
    const idempotent = child.with({ idempotent: true, retries: 3 }).dieBefore(4);
    const other = failureOf(child.remote.never());
    expect(await idempotent).toBe(4);
    expect(await other).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown', exit: { code: 7 } });
    expect(child.restarts).toBe(3);
  });

  test('sends calls again that share a signal, and leaves no listener on it', async () => {
    const { child } = counted(channel, { restart: quick });
    await child.ready;
    const warned = vi.fn();
    process.on('warning', warned);
    const { signal } = new AbortController();
    const remote = child.with({ idempotent: true, signal });
    const calls = Array.from({ length: 50 }, () => remote.dieBefore(2));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 50 }, () => 2));
    await turn();
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('sends no call again whose stream has been read in part', async () => {
    const { child, starts } = counted(channel, { restart: quick });
    let given = 0;
    const items = async function* (): AsyncGenerator<number> {
      for (;;) yield ++given;
    };
    const error = await failureOf(child.with({ idempotent: true, retries: 3 }).dieReading(items()));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect([await child.remote.starts, starts()]).toEqual([2, 2]);
  });

  test('sends an idempotent call again at most `retries` times', async () => {
    const { child, starts } = counted(channel, { restart: quick });
    const error = await failureOf(child.with({ idempotent: true, retries: 2 }).dieBefore(10));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown', exit: { code: 7 } });
    await child.remote.echo(1);
    expect(starts()).toBe(4);
    const once = await failureOf(child.with({ idempotent: true }).dieBefore(10));
    expect(once).toMatchObject({ code: 'CHILD_EXITED' });
    await child.remote.echo(1);
    expect(starts()).toBe(6);
  });

  test('gives up on a crash loop, and says what it was the last time', async () => {
    const { child, starts } = counted(channel, { restart: { ...quick, intensity: 3 } }, 2, Infinity);
    await failureOf(child.remote.exit(3));
    const errors = await Promise.all([failureOf(child.remote.echo(1)), failureOf(child.remote.echo(2))]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(RpcError);
      expect(error).toMatchObject({
        code: 'CHILD_EXITED',
        delivery: 'not-sent',
        cause: { name: 'RangeError' },
      });
      expect((error as RpcError).message).toMatch(/ended more than 3 times within 30000 ms.*start 4 fails/s);
    }
    expect(child.state).toBe('failed');
    expect(await child.exited).toMatchObject({ code: 1 });
    expect(await failureOf(child.remote.echo(3))).toMatchObject({
      code: 'CHILD_EXITED',
      delivery: 'not-sent',
    });
    expect([starts(), child.restarts]).toEqual([4, 3]);
    await child.close();
  });

  test('calls wait for as many starts as it takes', async () => {
    const { child } = counted(channel, { restart: quick }, 2, 5);
    await failureOf(child.remote.exit(3));
    expect(await child.remote.starts).toBe(5);
  });

  test('whose first start fails is not started again', async () => {
    const { child, starts } = counted(channel, { restart: quick }, 1, Infinity);
    const outcomes = await Promise.all([failureOf(child.remote.echo(1)), failureOf(child.ready)]);
    for (const error of outcomes)
      expect(error).toMatchObject({ code: 'START_FAILED', cause: { message: 'start 1 fails' } });
    await child.exited;
    expect([child.state, starts()]).toEqual(['exited', 1]);
  });

  test.each([
    ['permanent', 0, true],
    ['permanent', 3, true],
    ['transient', 0, false],
    ['transient', 3, true],
    ['temporary', 3, false],
  ] as const)('%s after an exit with code %d: %s', async (policy, code, again) => {
    const { child } = counted(channel, { restart: { ...quick, policy } });
    await failureOf(child.remote.exit(code));
    if (again) {
      expect(await child.remote.starts).toBe(2);
      return;
    }
    const error = await failureOf(child.remote.echo(1));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent', exit: { code } });
    expect(await child.exited).toMatchObject({ code });
    expect(child.state).toBe('exited');
  });

  test('stays closed once it is closed, also while it waits to be started', async () => {
    const { child, starts } = counted(channel, { restart: { backoff: { minMs: 60_000 } } });
    await failureOf(child.remote.exit(3));
    await vi.waitFor(() => expect(child.state).toBe('restarting'));
    await child.close();
    expect([child.state, starts()]).toEqual(['exited', 1]);
    const error = await failureOf(child.remote.echo(1));
    expect(error).toMatchObject({ delivery: 'not-sent' });
  });

  test('refuses calls at once while it is being closed', async () => {
    const child = start(channel, { restart: quick });
    const underWay = child.remote.delay(500, 'done');
    await child.remote.echo('it runs');
    const closed = child.close();
    const order: string[] = [];
    const refused = failureOf(child.remote.echo(1)).then((error) => {
      order.push('refused');
      expect(error).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
    });
    await Promise.all([underWay.then((value) => order.push(value)), refused, closed]);
    expect(order).toEqual(['refused', 'done']);
  });

  test('is terminated while calls wait for its next start, and they are told', async () => {
    const { child } = counted(channel, { restart: { backoff: { minMs: 60_000 } } });
    await failureOf(child.remote.exit(3));
    await vi.waitFor(() => expect(child.state).toBe('restarting'));
    const outcome = failureOf(child.remote.echo(1));
    await child.terminate();
    const error = (await outcome) as RpcError;
    expect(error).toMatchObject({ code: 'START_FAILED', delivery: 'not-sent' });
    expect(error.message).toContain('it was terminated');
  });

  test('lets close() finish the calls that wait for its next start', async () => {
    const { child } = counted(channel, { restart: { backoff: { minMs: 100 } } });
    await failureOf(child.remote.exit(3));
    await vi.waitFor(() => expect(child.state).toBe('restarting'));
    const call = child.remote.echo('done');
    await child.close();
    expect(await call).toBe('done');
    expect(child.state).toBe('exited');
  });

  test('counts the time a call waits for it', async () => {
    const { child } = counted(channel, { restart: { backoff: { minMs: 60_000 } } });
    await failureOf(child.remote.exit(3));
    await vi.waitFor(() => expect(child.state).toBe('restarting'));
    const error = (await failureOf(child.with({ timeoutMs: 100 }).echo(1))) as RpcError;
    expect(error).toMatchObject({ code: 'TIMEOUT', delivery: 'not-sent' });
    const controller = new AbortController();
    const aborted = failureOf(child.with({ signal: controller.signal }).echo(1));
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    expect(child.stats.pendingCalls).toBe(0);
  });

  test('gives a call that is sent again what is left of its time, and names all of it', async () => {
    const { child } = counted(channel, { restart: { backoff: { minMs: 150, jitter: 0 } } });
    await child.ready;
    const began = performance.now();
    const call = failureOf(child.with({ idempotent: true, timeoutMs: 600 }).never());
    await failureOf(child.remote.exit(3));
    const error = (await call) as RpcError;
    expect(error).toMatchObject({ code: 'TIMEOUT', delivery: 'unknown' });
    expect(error.message).toContain('within 600 ms');
    expect(performance.now() - began).toBeLessThan(1_100);
  });

  test('goes through its middleware each time that a call is sent', async () => {
    let passed = 0;
    const { child } = counted(channel, {
      restart: quick,
      middleware: [
        (next) => (call) => {
          passed++;
          return next(call);
        },
      ],
    });
    expect(await child.with({ idempotent: true }).dieBefore(2)).toBe(2);
    expect(passed).toBe(2);
  });

  test('tells onError what onRestart throws', async () => {
    const onError = vi.fn();
    const { child } = counted(channel, {
      restart: quick,
      onError,
      onRestart: () => {
        throw new Error('oh no');
      },
    });
    await failureOf(child.remote.exit(3));
    expect(await child.remote.starts).toBe(2);
    expect(onError).toHaveBeenCalledExactlyOnceWith(new Error('oh no'));
  });

  test('refuses more calls than its limits while it waits to be started', async () => {
    const { child } = counted(channel, {
      restart: { backoff: { minMs: 60_000 } },
      limits: { pendingCalls: 2 },
    });
    await failureOf(child.remote.exit(3));
    await vi.waitFor(() => expect(child.state).toBe('restarting'));
    const waiting = [1, 2].map((value) => failureOf(child.remote.echo(value)));
    expect(await failureOf(child.remote.echo(3))).toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
    await child.terminate();
    await Promise.all(waiting);
  });
});

test('a program started with spawn() is started again as well', async () => {
  const program = [fileURLToPath(fixture('exposing.js'))];
  const child = tracked(
    spawn<{ echo(value: number): number }>(process.execPath, program, { stderr: 'ignore', restart: quick }),
  );
  expect(await child.remote.echo(1)).toBe(1);
  const before = child.pid!;
  process.kill(before, 'SIGKILL');
  expect(await child.with({ idempotent: true }).echo(2)).toBe(2);
  await vi.waitFor(() => expect([child.restarts, child.pid === before]).toEqual([1, false]));
  expect(await child.remote.echo(3)).toBe(3);
});

test('the output of all lives is one stream, which ends with the last', async () => {
  const child = start('pipe', { restart: quick, stderr: 'pipe' });
  let text = '';
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise((resolve) => child.stderr!.once('end', resolve));
  await failureOf(child.with({ timeoutMs: 1_000 }).never('first life'));
  await failureOf(child.remote.exit(1));
  await failureOf(child.with({ timeoutMs: 1_000 }).never('second life'));
  await child.close({ graceMs: 100 });
  await ended;
  expect(text).toBe('first life\nsecond life\n');
});

describe.each(['pipe', 'worker'] as const)('over %s what a life has handed out', (channel) => {
  async function counting(): Promise<Child<Keeping>> {
    const child = start<Keeping>(channel, { restart: quick }, fixture('keeping.js'));
    await child.ready;
    return child;
  }

  test('ends with it: references say so, and new ones can be made', async () => {
    const child = await counting();
    const counter = await new child.remote.Counter(1);
    const add = await child.remote.adder(10);
    expect([await counter.increment(), await add(5)]).toEqual([2, 15]);
    await failureOf(child.remote.exit(3));
    expect(await child.remote.echo('again')).toBe('again');
    for (const call of [counter.increment(), add(5)]) {
      const error = (await failureOf(call)) as RpcError;
      expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent', exit: { code: 3 } });
      expect(error.message).toMatch(/ was not sent: .* exited with code 3/);
    }
    const another = await new child.remote.Counter(5);
    expect(await another.increment()).toBe(6);
  });

  test('ends with it: streams reject, saying so', async () => {
    const child = await counting();
    const seen: number[] = [];
    const reading = failureOf(
      (async () => {
        for await (const item of child.remote.ticks(10)) seen.push(item);
      })(),
    );
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(1));
    await failureOf(child.remote.exit(3));
    expect(await reading).toMatchObject({ code: 'CHILD_EXITED', exit: { code: 3 } });
    expect(child.stats.openStreams).toBe(0);
  });

  test('is used before it has arrived, on the life that makes it', async () => {
    const child = await counting();
    expect(await new child.pipeline.Counter(1).increment()).toBe(2);
    const old = new child.pipeline.Counter(1);
    expect(await old.increment()).toBe(2);
    await failureOf(child.remote.exit(3));
    expect(await new child.pipeline.Counter(7).increment()).toBe(8);
    const error = await failureOf(child.remote.echo(old));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent' });
  });

  test('is not mistaken for what the next life hands out, which has the same numbers', async () => {
    const child = await counting();
    const before = await new child.remote.Counter(1);
    await failureOf(child.remote.exit(3));
    const after = await new child.remote.Counter(100);
    expect(await after.increment()).toBe(101);
    expect(await failureOf(before.increment())).toMatchObject({ code: 'CHILD_EXITED' });
    expect(await after.increment()).toBe(102);
  });
});
