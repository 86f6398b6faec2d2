import { MessageChannel } from 'node:worker_threads';
import { connect, type ConnectOptions, type Middleware, type Session } from 'portcall';
import { concurrency, rateLimit } from 'portcall/middleware';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { makeWork } from '../fixtures/middleware/make-work.js';
import { failureOf } from '../launch/children.ts';
import type { Work } from './every-side.ts';

// Where calls are taken, middleware hears of it when nobody waits for them any more.

interface Pair {
  readonly work: Work;
  readonly caller: Session<Work>;
  readonly callee: Session<unknown>;
}

function pair(...servedMiddleware: readonly Middleware[]): Pair {
  return opened({ servedMiddleware });
}

function opened(options: ConnectOptions): Pair {
  const { port1, port2 } = new MessageChannel();
  const work = makeWork();
  const callee = connect(port2, { expose: work, ...options });
  const caller = connect<Work>(port1);
  onTestFinished(async () => {
    await Promise.all([caller.close({ graceMs: 0 }), callee.close({ graceMs: 0 })]);
  });
  return { work, caller, callee };
}

/** Keeps each call until `go` is called; `came` fulfils with the first. */
function keeping(): { middleware: Middleware; came: Promise<void>; go: () => void } {
  let go = (): void => {};
  let first = (): void => {};
  const gone = new Promise<void>((resolve) => (go = resolve));
  const came = new Promise<void>((resolve) => (first = resolve));
  const middleware: Middleware = (next) => async (call) => {
    first();
    await gone;
    return next(call);
  };
  return { middleware, came, go };
}

describe.each<[string, Middleware]>([
  ['concurrency', concurrency({ calls: 1, waiting: 1 })],
  ['rateLimit', rateLimit({ calls: 1, perMs: 40, waiting: 1 })],
])('a cancelled call in the line of %s()', (_, middleware) => {
  test('leaves its place to the next, and does not run', async () => {
    const { work, caller } = pair(middleware);
    const first = caller.remote.slow('first', 20, undefined as never);
    const controller = new AbortController();
    const second = failureOf(caller.with({ signal: controller.signal }).quick('second'));
    await expect(caller.remote.quick('no place')).rejects.toMatchObject({ code: 'OVERLOADED' });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await second).toBe(reason);
    expect(await caller.remote.quick('third')).toBe(1);
    expect(await first).toBe('first');
    expect(work.count('second')).toBe(0);
  });
});

describe('the signal of a call that is taken', () => {
  const seen = (): { middleware: Middleware; signals: (AbortSignal | undefined)[] } => {
    const signals: (AbortSignal | undefined)[] = [];
    return {
      signals,
      middleware: (next) => (call) => {
        signals.push(call.options.signal);
        return next(call);
      },
    };
  };

  test('aborts with the reason of the caller', async () => {
    const { middleware, signals } = seen();
    const { caller } = pair(middleware);
    const controller = new AbortController();
    const call = failureOf(caller.with({ signal: controller.signal }).slow('a', 60_000, undefined as never));
    await vi.waitUntil(() => signals.length > 0);
    expect(signals[0]?.aborted).toBe(false);
    controller.abort(new RangeError('enough'));
    await call;
    await vi.waitUntil(() => signals[0]?.aborted);
    expect(signals[0]?.reason).toMatchObject({ name: 'RangeError', message: 'enough' });
  });

  test('aborts when the session ends, and not when the call does', async () => {
    const { middleware, signals } = seen();
    const { caller, callee } = pair(middleware);
    const call = failureOf(caller.remote.slow('a', 60_000, undefined as never));
    expect(await caller.remote.quick('b')).toBe(1);
    await caller.close({ graceMs: 0 });
    await call;
    await callee.closed;
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, false]);
  });

  test('has aborted where it is read after that', async () => {
    const { middleware, came, go } = keeping();
    const late = seen();
    const { caller, callee, work } = pair(middleware, late.middleware);
    const controller = new AbortController();
    const call = failureOf(caller.with({ signal: controller.signal }).quick('a'));
    await came;
    controller.abort();
    await call;
    // Comes behind the cancellation.
    const other = caller.remote.quick('b');
    await vi.waitUntil(() => callee.stats.runningCalls === 2);
    go();
    expect(await other).toBe(1);
    expect(late.signals.map((signal) => signal?.aborted)).toEqual([true, false]);
    expect(work.count('a')).toBe(0);
  });

  test('is made only where it is read', async () => {
    const made = vi.fn();
    const { AbortController: original } = globalThis;
    class Counted extends original {
      constructor() {
        super();
        made();
      }
    }
    const { caller } = pair((next) => (call) => next(call));
    await caller.ready;
    vi.stubGlobal('AbortController', Counted);
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(await caller.remote.quick('a')).toBe(1);
    expect(await caller.remote.slow('b', 1, undefined as never)).toBe('b');
    expect(made).not.toHaveBeenCalled();
  });
});

test('a call that was cancelled while it was asked whether it is allowed does not run', async () => {
  let answer = (_: boolean): void => {};
  let ask = (): void => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const { caller, work } = opened({
    allow: ({ args }) => {
      if (args[0] !== 'a') return true;
      ask();
      return new Promise<boolean>((resolve) => (answer = resolve));
    },
  });
  const controller = new AbortController();
  const call = failureOf(caller.with({ signal: controller.signal }).quick('a'));
  await asked;
  controller.abort();
  await call;
  expect(await caller.remote.quick('b')).toBe(1);
  answer(true);
  expect(await caller.remote.quick('c')).toBe(1);
  expect(work.count('a')).toBe(0);
});
