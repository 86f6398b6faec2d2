import { connect, defineType, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { hello, rawPeer } from './raw-peer.ts';

const open: { close(options?: { graceMs?: number }): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

function pair<Api extends object>(
  expose: Api,
  server: ConnectOptions = {},
  client: ConnectOptions = {},
): Session<Api> {
  const [here, there] = memoryChannels();
  open.push(connect(there, { ...server, expose }));
  const session = connect<Api>(here, client);
  open.push(session);
  return session;
}

const failure = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    (value) => expect.unreachable(`fulfilled with ${String(value)}`),
    (error: unknown) => error,
  );

describe('what stands around the calls of a side is not gone round', () => {
  test('by way of its own root, sent home', async () => {
    const api = {
      secret: () => 'reached',
      apply: (root: { secret(): string }) => root.secret(),
      echo: (value: unknown) => value,
    };
    const { remote } = pair(api, { allow: ({ target }) => target.path[0] !== 'secret' });
    const notAllowed = { code: 'NOT_ALLOWED', delivery: 'not-sent' };
    expect(await failure(remote.secret())).toMatchObject(notAllowed);
    expect(await failure(remote.apply(remote as never))).toMatchObject(notAllowed);
    expect(await failure(remote.echo(remote))).toMatchObject(notAllowed);
  });

  test('by way of `new`, which makes nothing of what a function returns', async () => {
    class Hidden {
      url = 'as it was';
    }
    const hidden = new Hidden();
    const { remote } = pair({
      handle: function (): Hidden {
        return hidden;
      },
    });
    const maker = remote.handle as unknown as new () => PromiseLike<unknown>;
    expect(await failure(new maker())).toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await failure(remote.handle())).toMatchObject({ code: 'NOT_SERIALIZABLE' });
  });
});

describe('the reason of an abort that cannot be read at the callee', () => {
  class Money {
    cents = 1;
  }
  const money = defineType({
    name: 'Money',
    is: (value): value is Money => value instanceof Money,
    toPlain: ({ cents }) => cents,
    fromPlain: () => new Money(),
  });

  test('aborts the call without it, and concerns no other', async () => {
    const aborted = vi.fn();
    const api = {
      wait: (signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            aborted((signal.reason as Error).name);
            resolve();
          });
        }),
      other: () => 'done',
    };
    const { remote } = pair(api, {}, { types: [money] });
    const controller = new AbortController();
    const waiting = remote.wait(controller.signal);
    await remote.other();
    controller.abort(new Money());
    await waiting;
    expect(aborted).toHaveBeenCalledWith('AbortError');
    expect(await remote.other()).toBe('done');
  });
});

test('a forged timeoutMs reaches no other session', async () => {
  const far = pair({ slow: () => new Promise<void>(() => {}) });
  await far.ready;
  const [channel, peer] = rawPeer();
  open.push(connect(channel, { expose: { far: far.remote }, trust: 'none', onError: () => {} }));
  peer.say(hello, [1, 1, ['far', 'slow'], [], 0, 0, { timeoutMs: 'soon', metadata: 7 }]);
  await vi.waitFor(() => expect(far.stats.pendingCalls).toBe(1));
  expect(await failure(far.with({ timeoutMs: 20 }).slow())).toMatchObject({ code: 'TIMEOUT' });
});

test('a one-way call that is larger than the other side takes is dropped and told of, and the session lives', async () => {
  const onError = vi.fn();
  const [here, there] = memoryChannels();
  const session = connect<{ length(text: string): number }>(here, { onError });
  open.push(session);
  // Made before the other side has said what it takes.
  await session.with({ oneway: true }).length('x'.repeat(4096));
  open.push(
    connect(there, { expose: { length: (text: string) => text.length }, limits: { messageBytes: 1024 } }),
  );
  expect(await session.remote.length('four')).toBe(4);
  expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'TOO_LARGE' }));
});

test('a kept call leaves no listener on a signal once the session is over', async () => {
  class Waiter {
    readonly signal: AbortSignal;
    constructor(signal: AbortSignal) {
      this.signal = signal;
    }
    aborted(): boolean {
      return this.signal.aborted;
    }
  }
  const session = pair({ Waiter });
  const { signal } = new AbortController();
  const remove = vi.spyOn(signal, 'removeEventListener');
  const waiter = new session.remote.Waiter(signal);
  expect(await waiter.aborted()).toBe(false);
  await session.close();
  expect(remove).toHaveBeenCalledOnce();
});
