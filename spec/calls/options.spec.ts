import { afterEach, describe, expect, it, vi } from 'vitest';

import { connect, type CallOptions, type ConnectOptions, type Middleware, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { callOptions, noOptions } from '../../lib/call/call-options.ts';
import { hello, rawPeer } from '../session/raw-peer.ts';

const api = {
  add: (a: number, b: number) => a + b,
  never: () => new Promise<never>(() => {}),
  fail: (message: string) => {
    throw new Error(message);
  },
  failLater: async (message: string) => {
    throw new Error(message);
  },
};

const open: Session<unknown>[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

function joined(served: ConnectOptions = {}, options: ConnectOptions = {}): Session<typeof api> {
  const [here, there] = memoryChannels();
  const session = connect<typeof api>(here, options);
  open.push(session, connect(there, { expose: api, ...served }));
  return session;
}

describe('with()', () => {
  it.each<[string, unknown, string]>([
    ['timeoutMs of NaN', { timeoutMs: NaN }, 'with(): timeoutMs is NaN; it must be a number of milliseconds'],
    ['timeoutMs below zero', { timeoutMs: -1 }, 'with(): timeoutMs is -1'],
    ['timeoutMs as text', { timeoutMs: '5' }, 'with(): timeoutMs is "5"'],
    ['a signal that is none', { signal: {} }, 'with(): signal is an object; it must be an AbortSignal'],
    [
      'a controller for its signal',
      { signal: new AbortController() },
      'with(): signal is an AbortController',
    ],
    ['metadata that is a list', { metadata: [] }, 'with(): metadata is an array'],
    ['oneway as a number', { oneway: 1 }, 'with(): oneway is 1; it must be true or false'],
    ['idempotent as text', { idempotent: 'yes' }, 'with(): idempotent is "yes"'],
    [
      'a name that is misspelt',
      { timeoutMS: 5 },
      'with(): there is no option "timeoutMS"; did you mean timeoutMs?',
    ],
    ['something that is no object', 5, 'with(): options is 5; it must be an object'],
    ['null', null, 'with(): options is null'],
  ])('refuses %s at once', (_, options, message) => {
    const session = joined();
    expect(() => session.with(options as CallOptions)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it('takes options that are undefined, and none', async () => {
    const session = joined();
    const options = { timeoutMs: undefined, signal: undefined, metadata: undefined, oneway: undefined };
    expect(await session.with(options).add(1, 2)).toBe(3);
    expect(await session.with(undefined as unknown as CallOptions).add(1, 2)).toBe(3);
  });

  it('adds to the options there were, and undefined changes none', () => {
    const first = callOptions(noOptions, { timeoutMs: 5, metadata: { a: 1 } });
    const second = callOptions(first, { timeoutMs: undefined, oneway: true, metadata: { b: 2 } });
    expect(first).toEqual({ timeoutMs: 5, metadata: { a: 1 } });
    expect(second).toEqual({ timeoutMs: 5, oneway: true, metadata: { b: 2 } });
    expect(Object.isFrozen(second)).toBe(true);
  });

  it('takes a signal of another realm by its shape', async () => {
    const signal = Object.assign(new EventTarget(), {
      aborted: false,
      reason: undefined,
    }) as unknown as AbortSignal;
    const session = joined();
    const call = session.with({ signal }).never();
    Object.assign(signal, { aborted: true, reason: 'foreign' });
    signal.dispatchEvent(new Event('abort'));
    await expect(call).rejects.toBe('foreign');
  });
});

describe('timeoutMs', () => {
  it('rejects what takes longer, says how long it was, and cancels it', async () => {
    const session = joined();
    await session.ready;
    await expect(session.with({ timeoutMs: 20 }).never()).rejects.toMatchObject({
      code: 'TIMEOUT',
      delivery: 'unknown',
      message: expect.stringContaining('never() did not reply within 20 ms') as string,
    });
    expect(session.stats.pendingCalls).toBe(0);
  });

  it('takes back a call that could not even be sent', async () => {
    const [channel] = memoryChannels();
    const session = connect<typeof api>(channel);
    open.push(session);
    await expect(session.with({ timeoutMs: 20 }).never()).rejects.toMatchObject({
      code: 'TIMEOUT',
      delivery: 'not-sent',
    });
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.MAX_VALUE, Infinity])(
    'of %d does not fire early',
    async (timeoutMs) => {
      const session = joined();
      const controller = new AbortController();
      const call = session.with({ timeoutMs, signal: controller.signal }).never();
      await session.with({ timeoutMs }).add(1, 2);
      await expect(session.with({ timeoutMs: 30 }).never()).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(session.stats.pendingCalls).toBe(1);
      controller.abort('done');
      await expect(call).rejects.toBe('done');
    },
  );

  it('of 0 rejects what has no reply yet', async () => {
    await expect(joined().with({ timeoutMs: 0 }).never()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('passes by a monotonic clock', async () => {
    const session = joined();
    const late = session
      .with({ timeoutMs: 60_000 })
      .never()
      .catch(() => 'fired');
    const soon = session.with({ timeoutMs: 50 }).never();
    const hour = 3_600_000;
    const { now } = Date;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + hour);
    await expect(soon).rejects.toMatchObject({ code: 'TIMEOUT' });
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 2 * hour);
    await expect(session.with({ timeoutMs: 50 }).never()).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await Promise.race([late, Promise.resolve('pending')])).toBe('pending');
  });

  it('loses to a reply that has arrived, however late the caller looks', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<typeof api>(channel);
    open.push(session);
    peer.say(hello);
    const call = session.with({ timeoutMs: 20 }).add(1, 2);
    await peer.heard(1, 1);
    // The reply is in the channel before the deadline, and the caller is busy past it.
    peer.say([3, 1, 3]);
    const end = performance.now() + 60;
    while (performance.now() < end);
    expect(await call).toBe(3);
  });

  it('fires in the order of the deadlines, whatever their lengths', async () => {
    const session = joined();
    const order: number[] = [];
    const lengths = [90, 10, 50, 10, 30];
    await Promise.all(
      lengths.map((timeoutMs) =>
        session
          .with({ timeoutMs })
          .never()
          .catch(() => order.push(timeoutMs)),
      ),
    );
    expect(order).toEqual(lengths.toSorted((a, b) => a - b));
  });
});

describe('oneway', () => {
  it('fulfils without a reply, and hands what is thrown to onError', async () => {
    const errors: unknown[] = [];
    const session = joined({ onError: (error) => errors.push(error) });
    const oneway = session.with({ oneway: true });
    expect(await Promise.all([oneway.fail('a'), oneway.failLater('b'), oneway.never()])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(session.stats.pendingCalls).toBe(0);
    const missing = oneway as unknown as Record<string, () => Promise<void>>;
    await missing['ad']!();
    await session.remote.add(1, 2);
    expect(errors.map((error) => (error as Error).message).toSorted()).toMatchObject([
      'a',
      'b',
      expect.stringContaining('there is no "ad"'),
    ]);
  });

  it('survives an onError that throws, whose error is not lost', async () => {
    const own = new Error('of onError');
    const session = joined({
      onError: () => {
        throw own;
      },
    });
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve));
    const others = process.listeners('uncaughtException').slice(0, -1);
    for (const listener of others) process.off('uncaughtException', listener);
    await session.with({ oneway: true }).fail('a');
    expect(await uncaught).toBe(own);
    for (const listener of others) process.on('uncaughtException', listener);
    expect(await session.remote.add(1, 2)).toBe(3);
  });
});

describe('middleware', () => {
  const traced =
    (name: string, trace: string[]): Middleware =>
    (next) =>
    async (call) => {
      trace.push(`${name} ${call.kind} ${call.target.path.join('.')}`);
      try {
        return await next(call);
      } finally {
        trace.push(`${name} done`);
      }
    };

  it('runs around calls on both sides, the first of the list outermost', async () => {
    const trace: string[] = [];
    const session = joined(
      { servedMiddleware: [traced('there 1', trace), traced('there 2', trace)] },
      { middleware: [traced('here 1', trace), traced('here 2', trace)] },
    );
    expect(await session.remote.add(1, 2)).toBe(3);
    const names = ['here 1', 'here 2', 'there 1', 'there 2'];
    expect(trace).toEqual([
      ...names.map((name) => `${name} call add`),
      ...names.toReversed().map((name) => `${name} done`),
    ]);
  });

  it.each(['middleware', 'servedMiddleware'] as const)(
    'may answer, change and reject as %s',
    async (where) => {
      const wrap: Middleware = (next) => (call) => {
        const [first] = call.args;
        if (first === 'answer') return Promise.resolve('answered');
        if (first === 'reject') return Promise.reject(new RangeError('rejected'));
        return next({ ...call, args: call.args.map((arg) => Number(arg) * 2) });
      };
      const options = { [where]: [wrap] };
      const session = where === 'middleware' ? joined({}, options) : joined(options);
      const remote = session.remote as unknown as { add(...args: readonly unknown[]): Promise<unknown> };
      expect(await remote.add(1, 2)).toBe(6);
      expect(await remote.add('answer')).toBe('answered');
      await expect(remote.add('reject')).rejects.toThrow(RangeError);
    },
  );

  it('at the callee sees what the caller said about the call, and a signal of its own', async () => {
    const seen: unknown[] = [];
    const look: Middleware = (next) => (call) => {
      seen.push([call.kind, call.target.path, call.args, call.options]);
      return next(call);
    };
    const session = joined({ servedMiddleware: [look] });
    const metadata = { user: 'me', ['__proto__']: null };
    await session.with({ metadata, timeoutMs: 5000, idempotent: true }).add(1, 2);
    await session.remote.add(3, 4);
    const signal = expect.any(AbortSignal);
    expect(seen).toEqual([
      ['call', ['add'], [1, 2], { timeoutMs: 5000, metadata: { user: 'me', ['__proto__']: null }, signal }],
      ['call', ['add'], [3, 4], { signal }],
    ]);
  });

  it('at the callee may lead elsewhere, but to nothing that is not exported', async () => {
    const lead: Middleware = (next) => (call) =>
      next({ ...call, target: { path: ['toString'], key: '.toString' } });
    await expect(joined({ servedMiddleware: [lead] }).remote.add(1, 2)).rejects.toMatchObject({
      code: 'METHOD_NOT_FOUND',
    });
  });
});
