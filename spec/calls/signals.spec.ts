import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';

import { connect, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { hello, rawPeer, spied, type RawMessage } from '../session/raw-peer.ts';

const api = {
  add: (a: number, b: number) => a + b,
  never: (_signal?: AbortSignal) => new Promise<never>(() => {}),
  untilAborted: (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    }),
  /** Returns what a signal's reason is once it has aborted. */
  reason: (signal: AbortSignal) =>
    new Promise((resolve) => {
      if (signal.aborted) resolve([signal.reason]);
      signal.addEventListener('abort', () => resolve([signal.reason]));
    }),
  wrapped: async (signal: AbortSignal) => {
    throw new Error('wrapped', { cause: signal.reason });
  },
};

const open: { close(options?: { graceMs: number }): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

function joined(): { session: Session<typeof api>; served: Session<unknown>; sent: RawMessage[][] } {
  const sent: RawMessage[][] = [];
  const [here, there] = memoryChannels();
  const served = connect(there, { expose: api });
  const session = connect<typeof api>(spied(here, sent));
  open.push(session, served);
  return { session, served, sent };
}

const codes = (sent: readonly RawMessage[][]): number[] => sent.flat().map(([code]) => code);

describe('the signal of a call', () => {
  it('that has aborted beforehand keeps it from being sent', async () => {
    const { session, sent } = joined();
    await session.remote.add(1, 2);
    const before = sent.length;
    const reason = Symbol('any');
    await expect(session.with({ signal: AbortSignal.abort(reason) }).add(1, 2)).rejects.toBe(reason);
    expect(sent).toHaveLength(before);
  });

  it('that aborts in the same tick takes it back', async () => {
    const { session, sent } = joined();
    await session.remote.add(1, 2);
    await expect(withAbort(session)).rejects.toBe('early');
    expect(await session.remote.add(1, 2)).toBe(3);
    expect(codes(sent)).toEqual([0, 8, 1, 1]);
  });

  function withAbort(session: Session<typeof api>): Promise<unknown> {
    const controller = new AbortController();
    const call = session.with({ signal: controller.signal }).add(5, 6);
    controller.abort('early');
    return call;
  }

  it('takes back that call of a tick alone', async () => {
    const { session } = joined();
    const controller = new AbortController();
    const calls = [
      session.remote.add(1, 1),
      session.with({ signal: controller.signal }).add(2, 2),
      session.remote.add(3, 3),
    ];
    controller.abort('early');
    expect(await Promise.allSettled(calls)).toEqual([
      { status: 'fulfilled', value: 2 },
      { status: 'rejected', reason: 'early' },
      { status: 'fulfilled', value: 6 },
    ]);
  });

  it('aborted by an argument as it is read takes the call back as well', async () => {
    const { session, sent } = joined();
    const controller = new AbortController();
    const argument = {
      get value() {
        controller.abort('meanwhile');
        return 1;
      },
    };
    const call = session.with({ signal: controller.signal }).never(argument as never);
    await expect(call).rejects.toBe('meanwhile');
    await session.remote.add(1, 2);
    expect(codes(sent).filter((code) => code === 1)).toHaveLength(1);
  });

  it('aborts the signals among its arguments, with the same reason', async () => {
    const { session, served } = joined();
    const controller = new AbortController();
    const other = new AbortController();
    const call = session.with({ signal: controller.signal }).untilAborted(other.signal);
    await session.remote.add(1, 2);
    expect(served.stats.runningCalls).toBe(1);
    controller.abort('no longer');
    await expect(call).rejects.toBe('no longer');
    await session.remote.add(1, 2);
    expect(served.stats.runningCalls).toBe(0);
    expect(other.signal.aborted).toBe(false);
  });

  it('rejects at once, although the function ignores it; its late reply is dropped and counted', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<typeof api>(channel);
    open.push(session);
    peer.say(hello);
    const controller = new AbortController();
    const call = session.with({ signal: controller.signal }).never();
    await peer.heard(1, 1);
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    expect(await peer.heard(6, 1)).toEqual([6, 1, 'enough']);
    const next = session.remote.add(1, 2);
    await peer.heard(1, 2);
    peer.say(
      [3, 1, 'late'],
      [3, 1, 'again'],
      [3, 77, 'made up'],
      [4, -1, 'x'],
      [3, 'text', 1],
      [3, 2, 'right'],
      [3, 2, 'twice'],
    );
    expect(await next).toBe('right');
    expect(session.stats).toMatchObject({ pendingCalls: 0, ignoredMessages: 6 });
  });
});

describe('a signal among the arguments', () => {
  it.each<[string, unknown]>([
    ['an Error', new TypeError('mine')],
    ['an object', { mine: true }],
    ['a text', 'mine'],
    ['0', 0],
    ['null', null],
    ['a function', () => {}],
  ])('hands the caller’s own reason back: %s', async (_, reason) => {
    const { session } = joined();
    const controller = new AbortController();
    const call = session.remote.untilAborted(controller.signal);
    await session.remote.add(1, 2);
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('hands it back untouched', async () => {
    const { session } = joined();
    const reason = Object.freeze(new Error('frozen'));
    const { stack } = reason;
    await expect(session.remote.untilAborted(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(reason.stack).toBe(stack);
  });

  it('hands it back as the cause of another error', async () => {
    const { session } = joined();
    const reason = new Error('mine');
    const error: unknown = await session.remote
      .wrapped(AbortSignal.abort(reason))
      .catch((caught: unknown) => caught);
    expect((error as Error).cause).toBe(reason);
  });

  it('that aborts without a reason has the usual one', async () => {
    const { session } = joined();
    const controller = new AbortController();
    const call = session.remote.untilAborted(controller.signal);
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    const [reason] = (await session.remote.reason(AbortSignal.abort())) as [DOMException];
    expect(reason).toMatchObject({ name: 'AbortError' });
    expect(reason).toBeInstanceOf(DOMException);
  });

  it('tells the callee of an abort between its writing and the end of the call’s', async () => {
    const { session } = joined();
    const controller = new AbortController();
    const later = {
      get value() {
        controller.abort('in between');
        return 1;
      },
    };
    const remote = session.remote as unknown as { reason(...args: readonly unknown[]): Promise<unknown> };
    expect(await remote.reason(controller.signal, later)).toEqual(['in between']);
  });

  it('is live in each of two calls at once', async () => {
    const { session } = joined();
    const controller = new AbortController();
    const calls = [session.remote.reason(controller.signal), session.remote.reason(controller.signal)];
    controller.abort('both');
    expect(await Promise.all(calls)).toEqual([['both'], ['both']]);
  });

  it('does not come with one-way calls or results, which say so', async () => {
    const { session } = joined();
    const { signal } = new AbortController();
    await expect(session.with({ oneway: true }).never(signal)).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
      delivery: 'not-sent',
    });
  });

  it('leaves no listener once its call is over', async () => {
    const { session } = joined();
    const { signal } = new AbortController();
    const call = session.remote.wrapped(signal).catch(() => {});
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await call;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('ten thousand calls with one signal', () => {
  it('cost it one listener, are all rejected when it aborts, and leave none', async () => {
    const { session } = joined();
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    const controller = new AbortController();
    const remote = session.with({ signal: controller.signal });
    const calls = Array.from({ length: 10_000 }, () => remote.never());
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    // Some of them have been sent by now, the rest has not.
    await session.remote.add(1, 2);
    const more = Array.from({ length: 1000 }, () => remote.never(controller.signal));
    const reason = new Error('all');
    controller.abort(reason);
    const outcomes = await Promise.allSettled([...calls, ...more]);
    expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason === reason)).toBe(
      true,
    );
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(session.stats.pendingCalls).toBe(0);
    expect(await session.remote.add(1, 2)).toBe(3);
    process.off('warning', warned);
    expect(warnings).toEqual([]);
  });

  it('leave no listener when they return', async () => {
    const { session } = joined();
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 10_000 }, () => session.with({ signal }).add(1, 2)));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('what happens while a signal aborts', () => {
  it('may be further calls and further aborts', async () => {
    const { session } = joined();
    const controllers = Array.from({ length: 100 }, () => new AbortController());
    const made: Promise<unknown>[] = [];
    for (const [index, { signal }] of controllers.entries()) {
      made.push(session.with({ signal }).never(signal));
      signal.addEventListener('abort', () => {
        made.push(session.remote.add(index, 1));
        made.push(session.with({ signal }).add(1, 1));
        controllers[index + 1]?.abort(index + 1);
      });
    }
    controllers[0]!.abort(0);
    const outcomes = await Promise.allSettled(made);
    expect(outcomes).toHaveLength(300);
    expect(outcomes.slice(0, 100)).toEqual(
      controllers.map((_, index) => ({ status: 'rejected', reason: index })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(100);
  });

  it('may be a callee that cancels its caller', async () => {
    const [here, there] = memoryChannels();
    const controller = new AbortController();
    const callee = connect<{ stop(): void }>(there, {
      expose: { run: (signal: AbortSignal) => callee.remote.stop().then(() => api.untilAborted(signal)) },
    });
    const caller = connect<{ run(signal: AbortSignal): Promise<void> }>(here, {
      expose: { stop: () => controller.abort('stopped from there') },
    });
    open.push(caller, callee);
    await expect(caller.remote.run(controller.signal)).rejects.toBe('stopped from there');
  });
});

describe('a cancellation', () => {
  it('after the call is over, twice, before it or of an unknown id has no effect', async () => {
    const [channel, peer] = rawPeer();
    const seen: unknown[] = [];
    const gates: ((value: unknown) => void)[] = [];
    const session = connect(channel, {
      expose: {
        wait: (signal: AbortSignal) => {
          signal.addEventListener('abort', () => seen.push(signal.reason));
          return new Promise((resolve) => gates.push(resolve));
        },
        done: () => 1,
      },
    });
    open.push(session);
    const signal = (id: number): unknown => ['$', 12, id];
    peer.say(
      hello,
      [6, 1, 'before'],
      [1, 1, ['done'], []],
      [6, 1, 'after'],
      [6, 99],
      [6, 'x'],
      [6, null],
      [7, 5, 'unknown'],
    );
    expect(await peer.heard(3, 1)).toEqual([3, 1, 1]);
    peer.say([1, 2, ['wait'], [signal(1)], 1], [6, 2, 'once'], [6, 2, 'twice'], [7, 1, 'and aborted']);
    peer.say([1, 3, ['wait'], [signal(2)], 1], [7, 2, 'aborted'], [7, 2, 'again'], [1, 4, ['done'], []]);
    await peer.heard(3, 4);
    expect(seen).toEqual(['once', 'aborted']);
    expect(session.stats).toMatchObject({ runningCalls: 2, ignoredMessages: 6 });
    for (const resolve of gates) resolve('late');
    expect(await peer.heard(3, 3)).toEqual([3, 3, 'late']);
    expect(peer.messages.filter(([, id]) => id === 2)).toEqual([]);
    expect(session.stats.runningCalls).toBe(0);
  });
});
