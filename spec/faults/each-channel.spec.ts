// Rows of the table in docs/reliability.md that concern calls, each over every channel to a child.
import { getEventListeners } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Child, RpcError } from 'portcall';

import { outcome, overEach, targetOver, type Target } from './targets.ts';

const unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);

beforeAll(() => {
  process.on('unhandledRejection', onUnhandled).on('uncaughtException', onUnhandled);
});

afterAll(() => {
  process.off('unhandledRejection', onUnhandled).off('uncaughtException', onUnhandled);
});

describe.each(overEach)('over %s', (over) => {
  let child: Child<Target>;

  beforeEach(async () => {
    child = targetOver(over);
    await child.ready;
  });

  // Whatever has happened: the child takes calls, nothing waits, and nothing was lost.
  afterEach(async () => {
    expect(await child.remote.ping()).toBe('pong');
    expect(child.stats).toMatchObject({ pendingCalls: 0, queuedBytes: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled.splice(0)).toEqual([]);
  });

  test('a flood past limits.pendingCalls rejects the excess unsent, and the rest is answered', async () => {
    const small = targetOver(over, { limits: { pendingCalls: 1024 } });
    await small.ready;
    const calls = Array.from({ length: 10_000 }, () => outcome(small.remote.count()));
    const outcomes = await Promise.all(calls);
    const refused = outcomes.filter((one) => (one as RpcError).code === 'OVERLOADED');
    expect(refused).toHaveLength(10_000 - 1024);
    expect(refused.every((one) => (one as RpcError).delivery === 'not-sent')).toBe(true);
    // What was refused has not run.
    expect(await small.remote.counted()).toBe(1024);
  });

  test.each([0, 1, 10])('a message of exactly the limit + %i', async (more) => {
    const small = targetOver(over, { limits: { messageBytes: 4096 } });
    await small.remote.size('');
    // [[1,2,0,["…"]]]: the second call, by the number of its name.
    const room = 4096 - '[[1,2,0,[""]]]'.length;
    const sent = await outcome(small.remote.size('x'.repeat(room + more)));
    if (more === 0) expect(sent).toEqual({ value: 1 });
    else expect(sent).toMatchObject({ code: 'TOO_LARGE', delivery: 'not-sent' });
    const { ignoredMessages } = small.stats;
    const reply = await outcome(small.remote.text(4096 - '[[3,3,""]]'.length + more));
    if (more === 0) expect(reply).toHaveProperty('value');
    else expect(reply).toMatchObject({ code: 'TOO_LARGE', delivery: 'unknown' });
    expect(await small.remote.ping()).toBe('pong');
    expect(small.stats.ignoredMessages).toBe(ignoredMessages);
  });

  test('a signal that has aborted beforehand or aborts in the same tick: nothing is sent', async () => {
    const reason = new Error('not wanted');
    expect(await outcome(child.with({ signal: AbortSignal.abort(reason) }).count())).toBe(reason);
    const controller = new AbortController();
    const call = outcome(child.with({ signal: controller.signal }).count());
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(await child.remote.counted()).toBe(0);
  });

  test('an abort after the end, and again, has no effect', async () => {
    const controller = new AbortController();
    expect(await child.with({ signal: controller.signal }).count()).toBe(1);
    controller.abort();
    controller.abort();
    expect(await child.remote.counted()).toBe(1);
    expect(child.stats.ignoredMessages).toBe(0);
  });

  test('an abort handler that calls and aborts again: no deadlock, no recursion', async () => {
    const first = new AbortController();
    const second = new AbortController();
    let inner: Promise<unknown> | undefined;
    first.signal.addEventListener('abort', () => {
      inner = outcome(child.with({ signal: second.signal }).heeding(second.signal));
      second.abort(new Error('second'));
      first.abort(new Error('third'));
    });
    const call = outcome(child.remote.heeding(first.signal));
    await child.remote.ping();
    const reason = new Error('first');
    first.abort(reason);
    expect(await call).toBe(reason);
    expect(await inner).toBe(second.signal.reason);
  });

  test('1,000 aborts at once on one signal: each call rejects, no listener is left, no warning', async () => {
    const warned = vi.fn<(warning: Error) => void>();
    process.on('warning', warned);
    const { signal, abort } = aborting();
    const calls = Array.from({ length: 1000 }, () => outcome(child.with({ signal }).ignoring()));
    await child.remote.ping();
    abort();
    const outcomes = await Promise.all(calls);
    expect(outcomes.every((one) => one === signal.reason)).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
    await child.remote.finish();
  });

  test('a function that ignores the abort: the caller rejects at once, the late reply is dropped', async () => {
    const { signal, abort } = aborting();
    const call = outcome(child.with({ signal }).ignoring());
    await child.remote.ping();
    abort();
    expect(await call).toBe(signal.reason);
    await child.remote.finish();
    expect(await child.remote.ping()).toBe('pong');
  });

  test.each([NaN, -1])('timeoutMs: %d is refused at the call', (timeoutMs) => {
    expect(() => child.with({ timeoutMs })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }) as Error,
    );
  });

  test.each([2 ** 31, Infinity])('timeoutMs: %d does not pass early', async (timeoutMs) => {
    expect(await child.with({ timeoutMs }).ping()).toBe('pong');
  });

  test('an argument that cannot be sent fails its own call, with the path to it, and nothing of it is sent', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const thrower = {
      get user(): never {
        throw new Error('not now');
      },
    };
    const cases: [unknown, string][] = [
      [{ deep: [1, Symbol('s')] }, 'arguments[0].deep[1]'],
      [{ callback: () => 1, later: Promise.resolve() }, 'arguments[0].later'],
      [{ proxy }, 'arguments[0].proxy'],
      [thrower, 'arguments[0].user'],
      [new WeakMap(), 'arguments[0]'],
    ];
    for (const [value, path] of cases) {
      const result = await outcome(child.remote.size(value));
      expect(result).toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'not-sent' });
      expect((result as RpcError).message).toContain(`${path} is `);
    }
    expect(child.stats.exportedReferences).toBe(0);
  });

  test.each(['symbol', 'promise', 'getter', 'revoked', 'weak'])(
    'a result that cannot be sent (%s) fails its own call',
    async (what) => {
      expect(await outcome(child.remote.unsendable(what))).toMatchObject({
        code: 'NOT_SERIALIZABLE',
        message: expect.stringContaining('result') as string,
      });
    },
  );

  test.each(['undefined', 'null', 'proxy', 'getters', 'Function', 'overflow'])(
    'a function that throws %s: that call rejects, with what can be said of it',
    async (what) => {
      const result = await outcome(child.remote.strange(what).then(() => 'fulfilled'));
      if (what === 'undefined' || what === 'null') {
        expect(result).toBe(what === 'null' ? null : undefined);
        return;
      }
      expect(result).toBeInstanceOf(Error);
      if (what === 'overflow') expect(result).toBeInstanceOf(RangeError);
      if (what === 'getters') expect(result).toMatchObject({ message: 'with getters' });
      if (what === 'Function') {
        expect(Object.getPrototypeOf(result)).toBe(Error.prototype);
        expect(result).toMatchObject({ name: 'Function' });
      }
    },
  );

  test('a remote is no thenable, and a result that looks like one is data', async () => {
    expect((child.remote as { then?: unknown }).then).toBeUndefined();
    expect(await child.remote.thenable()).toEqual(JSON.parse('{"then":1,"value":2}'));
  });

  test.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    '',
    'a.b',
    'nested.real',
    'secret.hidden',
  ])('the name %j reaches no code', async (name) => {
    const names = child.remote as unknown as Names;
    const before = await child.remote.intact();
    // What has members of its own, such as a namespace or an instance, has no more than those.
    const bases = [names, names['nested'], names['secret'], names['plain'], names['size']];
    for (const base of bases) {
      // A name every remote has of its own is no name of the other side's.
      if (base === undefined || (base === names['plain'] && name === 'toString')) continue;
      const member = base[name];
      if (typeof member !== 'function') continue;
      const failure = await outcome(member('polluted'));
      expect(failure).toMatchObject({ code: 'METHOD_NOT_FOUND' });
    }
    expect(await child.remote.intact()).toEqual(before);
    expect(before.touched).toEqual([]);
    expect(await names['plain']!['toString']!()).toBe('really exported');
  });
});

interface Names {
  (...args: readonly unknown[]): Promise<unknown>;
  readonly [name: string]: Names | undefined;
}

function aborting(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('given up')) };
}
