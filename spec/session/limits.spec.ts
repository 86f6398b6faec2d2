import { afterEach, describe, expect, it } from 'vitest';

import { connect, RpcError, type Channel, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { overMemory, duplexPair } from '../calls/every-channel.ts';
import { hello, rawPeer, spied, type RawMessage } from './raw-peer.ts';

interface Api {
  size(...args: readonly unknown[]): number;
  make(length: number, character?: string): string;
  bytes(length: number): Uint8Array;
  fail(message: string): never;
  echo<T>(value: T): Promise<T>;
  wait(signal?: AbortSignal): Promise<string>;
  quick(): number;
  note(value: unknown): void;
}

const noted: unknown[] = [];
const api: Api = {
  size: (...args) => args.length,
  make: (length, character = 'x') => character.repeat(length),
  bytes: (length) => new Uint8Array(length),
  fail: (message) => {
    throw new Error(message);
  },
  echo: async (value) => value,
  wait: (signal) =>
    new Promise((resolve) => signal?.addEventListener('abort', () => resolve(describeReason(signal.reason)))),
  quick: () => 1,
  note: (value) => void noted.push(value),
};

const describeReason = (reason: unknown): string => (reason instanceof Error ? reason.name : typeof reason);

const open: Session<unknown>[] = [];

function pair(
  limits: ConnectOptions['limits'],
  theirs: ConnectOptions['limits'] = limits,
  channels: [Channel, Channel] = memoryChannels(
    limits?.messageBytes === undefined ? {} : { messageBytes: limits.messageBytes },
  ),
): Session<Api> {
  const session = connect<Api>(channels[0], { ...(limits && { limits }) });
  open.push(session, connect(channels[1], { expose: api, ...(theirs && { limits: theirs }) }));
  return session;
}

afterEach(async () => {
  noted.length = 0;
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );

describe.each([
  ['memory', undefined],
  ['streams', () => duplexPair()],
])('a limit on messages of 4096 bytes, over %s', (_, streams) => {
  const limited = (): Session<Api> => {
    const limits = { messageBytes: 4096 };
    if (streams === undefined) return pair(limits);
    const [here, there] = streams();
    const session = connect<Api>(here, { limits });
    open.push(session, connect(there, { expose: api, limits }));
    return session;
  };

  // [[1,1,0,["…"]]] for the first call of a session, by its number of one digit.
  const around = '[[1,1,0,[""]]]'.length;

  it.each([
    [0, 'fits'],
    [1, 'TOO_LARGE'],
    [10, 'TOO_LARGE'],
  ])('takes arguments of the limit + %i: %s', async (more, outcome) => {
    for (const character of ['x', 'é', '€']) {
      const session = limited();
      const width = Buffer.byteLength(character);
      const room = 4096 - around + more;
      const text = character.repeat(Math.floor(room / width)) + 'x'.repeat(room % width);
      const result = await caught(session.remote.size(text));
      if (outcome === 'fits') expect(result).toEqual({ value: 1 });
      else expect(result).toMatchObject({ code: outcome, delivery: 'not-sent' });
      expect(await session.remote.quick()).toBe(1);
    }
  });

  it.each([
    [0, 'fits'],
    [1, 'TOO_LARGE'],
    [10, 'TOO_LARGE'],
  ])('takes results of the limit + %i: %s', async (more, outcome) => {
    const session = limited();
    const length = 4096 - '[[3,1,""]]'.length + more;
    const result = await caught(session.remote.make(length));
    if (outcome === 'fits') expect(result).toEqual({ value: 'x'.repeat(length) });
    else expect(result).toMatchObject({ code: outcome, delivery: 'unknown' });
    expect(await session.remote.quick()).toBe(1);
  });

  it('counts bytes beside the text', async () => {
    const session = limited();
    expect(await caught(session.remote.bytes(4000))).toEqual({ value: new Uint8Array(4000) });
    expect(await caught(session.remote.bytes(4096))).toMatchObject({ code: 'TOO_LARGE' });
    expect(await session.remote.size(new Uint8Array(4000))).toBe(1);
    expect(await caught(session.remote.size(new Uint8Array(4096)))).toMatchObject({ code: 'TOO_LARGE' });
    expect(await session.remote.quick()).toBe(1);
  });

  it('holds for errors', async () => {
    const session = limited();
    expect(await caught(session.remote.fail('x'.repeat(1000)))).toMatchObject({ message: 'x'.repeat(1000) });
    expect(await caught(session.remote.fail('x'.repeat(5000)))).toMatchObject({ code: 'TOO_LARGE' });
    expect(await session.remote.quick()).toBe(1);
  });

  it('holds for metadata', async () => {
    const session = limited();
    const large = session.with({ metadata: { text: 'x'.repeat(5000) } });
    expect(await caught(large.quick())).toMatchObject({ code: 'TOO_LARGE', delivery: 'not-sent' });
    expect(await session.remote.quick()).toBe(1);
    expect(session.stats.pendingCalls).toBe(0);
  });

  it('holds for names', async () => {
    const session = limited();
    const remote = session.remote as unknown as Record<string, () => Promise<unknown>>;
    expect(await caught(remote['x'.repeat(5000)]!())).toMatchObject({
      code: 'TOO_LARGE',
      delivery: 'not-sent',
    });
    expect(await caught(remote['x'.repeat(3000)]!())).toMatchObject({ code: 'METHOD_NOT_FOUND' });
    expect(await session.remote.quick()).toBe(1);
  });

  it('holds for the reasons of signals, which are left out where they are too large', async () => {
    const session = limited();
    const live = new AbortController();
    const waiting = session.remote.wait(live.signal);
    const own = new AbortController();
    const cancelled = session.with({ signal: own.signal }).wait();
    await session.remote.quick();
    live.abort({ text: 'x'.repeat(5000) });
    own.abort('x'.repeat(5000));
    expect(await waiting).toBe('AbortError');
    expect(await caught(cancelled)).toBe('x'.repeat(5000));
    expect(await session.remote.quick()).toBe(1);
  });

  it('is kept by calls and results of one tick together', async () => {
    const session = limited();
    await session.remote.quick();
    const text = 'x'.repeat(1000);
    const calls = Array.from({ length: 50 }, (_, index) => session.remote.echo([index, text]));
    calls.push(session.remote.echo([50, 'x'.repeat(3900)]));
    const results = await Promise.all(calls);
    expect(results.map(([index]) => index)).toEqual(Array.from({ length: 51 }, (_, index) => index));
  });

  it('is kept by calls that wait for the other side’s hello', async () => {
    const session = limited();
    const results = await Promise.all(Array.from({ length: 50 }, () => session.remote.make(1000)));
    expect(results).toHaveLength(50);
  });
});

describe('a limit on messages that is smaller at the other side', () => {
  it('refuses calls made before it was known, and those alone', async () => {
    const session = pair({ messageBytes: 65_536 }, { messageBytes: 1024 }, memoryChannels());
    const calls = [
      session.remote.size('x'.repeat(2000)),
      session.remote.size('é'.repeat(600)),
      session.remote.size('x'.repeat(900)),
      session.remote.size('x'.repeat(900)),
    ];
    expect(await Promise.all(calls.map(caught))).toMatchObject([
      { code: 'TOO_LARGE', delivery: 'not-sent' },
      { code: 'TOO_LARGE', delivery: 'not-sent' },
      { value: 1 },
      { value: 1 },
    ]);
  });

  it('joins no calls made before it was known into more than is taken', async () => {
    const [here, there] = memoryChannels({ messageBytes: 1024 });
    const session = pair(undefined, { messageBytes: 1024 }, [here, there]);
    const calls = Array.from({ length: 20 }, () => session.remote.size('x'.repeat(300)));
    expect(await Promise.all(calls)).toEqual(calls.map(() => 1));
  });
});

describe('a limit on calls that wait', () => {
  it('rejects those of a flood that are past it, unsent, and no other', async () => {
    const session = pair({ pendingCalls: 1024 });
    const outcomes = await Promise.all(Array.from({ length: 5000 }, () => caught(session.remote.quick())));
    expect(outcomes.slice(0, 1024)).toEqual(Array.from({ length: 1024 }, () => ({ value: 1 })));
    for (const outcome of outcomes.slice(1024))
      expect(outcome).toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
    expect(await session.remote.quick()).toBe(1);
    expect(session.stats.pendingCalls).toBe(0);
  });
});

describe('a limit on calls that run', () => {
  it('refuses further ones until one is over', async () => {
    const session = pair(undefined, { runningCalls: 2 });
    const aborts = [new AbortController(), new AbortController()];
    const running = aborts.map(({ signal }) => session.remote.wait(signal));
    expect(await caught(session.remote.wait())).toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
    aborts[0]!.abort();
    await running[0];
    const again = new AbortController();
    const third = session.remote.wait(again.signal);
    again.abort();
    aborts[1]!.abort();
    expect(await Promise.all([third, running[1]])).toEqual(['AbortError', 'AbortError']);
  });
});

describe('a limit on bytes that wait', () => {
  it('rejects calls while the other side does not read, and takes them again once it does', async () => {
    const [inner, there] = memoryChannels({ highWaterBytes: 1000 });
    const session = connect<Api>(inner, { limits: { queuedBytes: 100_000 } });
    // Nobody reads the other end yet.
    const made: Promise<unknown>[] = [];
    const refused: unknown[] = [];
    for (let index = 0; index < 300; index++) {
      const call = caught(session.remote.size('x'.repeat(1000)));
      made.push(call);
      if (session.stats.queuedBytes >= 100_000) refused.push(index);
    }
    expect(refused.length).toBeGreaterThan(100);
    expect(session.stats.queuedBytes).toBeLessThan(103_000);
    open.push(session, connect(there, { expose: api }));
    const outcomes = await Promise.all(made);
    const first = outcomes.findIndex((outcome) => outcome instanceof RpcError);
    expect(first).toBeGreaterThan(50);
    for (const outcome of outcomes.slice(first))
      expect(outcome).toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
    for (const outcome of outcomes.slice(0, first)) expect(outcome).toEqual({ value: 1 });
    expect(session.stats.queuedBytes).toBe(0);
    expect(await session.remote.quick()).toBe(1);
  });

  it('no longer counts calls that were given up before they could be sent', async () => {
    const [inner, there] = memoryChannels();
    const session = connect<Api>(inner, { limits: { queuedBytes: 100_000 } });
    const own = new AbortController();
    const calls = Array.from({ length: 50 }, () =>
      caught(session.with({ signal: own.signal }).size('x'.repeat(1000))),
    );
    expect(session.stats.queuedBytes).toBeGreaterThan(50_000);
    own.abort('given up');
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'given up'));
    expect(session.stats.queuedBytes).toBeLessThan(1000);
    open.push(session, connect(there, { expose: api }));
    expect(await session.remote.quick()).toBe(1);
  });
});

describe('values that cannot be sent', () => {
  it('fail their own call, of which nothing is sent, and leave the session as it was', async () => {
    const sent: RawMessage[][] = [];
    const [here, there] = memoryChannels();
    const session = pair(undefined, undefined, [spied(here, sent), there]);
    await session.remote.size();
    const before = sent.length;
    const calls = [
      session.remote.size(1, { user: { socket: new WeakMap() } }),
      session.remote.echo(Symbol('s')),
      session.remote.size(new Uint8Array(3), Promise.resolve()),
    ];
    const outcomes = await Promise.all(calls.map(caught));
    expect(outcomes).toMatchObject(
      [
        'size() was not sent: arguments[1].user.socket is a WeakMap',
        'echo() was not sent: arguments[0] is a symbol',
        'size() was not sent: arguments[1] is a Promise',
      ].map((text) => ({
        code: 'NOT_SERIALIZABLE',
        delivery: 'not-sent',
        message: expect.stringContaining(text) as string,
      })),
    );
    expect(sent).toHaveLength(before);
    expect(session.stats).toMatchObject({ pendingCalls: 0, queuedBytes: 0 });
    expect(await session.remote.quick()).toBe(1);
  });

  it('fail their own call as results', async () => {
    const [here, there] = memoryChannels();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const throwing = (): never => {
      throw new Error('own');
    };
    const results = {
      weak: () => ({ list: [1, new WeakSet()] }),
      symbol: async () => new Map([['a', { b: Symbol('s') }]]),
      revoked: () => proxy,
      // oxlint-disable-next-line unicorn/no-thenable -- which is the point
      getter: () => Object.defineProperty({}, 'then', { get: throwing, enumerable: true }),
      fine: () => 1,
    };
    open.push(connect(there, { expose: results }));
    const session = connect<typeof results>(here);
    open.push(session);
    const outcomes = await Promise.all(
      [
        session.remote.weak(),
        session.remote.symbol(),
        session.remote.revoked(),
        session.remote.getter(),
        session.remote.fine(),
      ].map(caught),
    );
    expect(outcomes).toMatchObject([
      {
        code: 'NOT_SERIALIZABLE',
        message: expect.stringContaining('weak(): result.list[1] is a WeakSet') as string,
      },
      {
        code: 'NOT_SERIALIZABLE',
        message: expect.stringContaining('symbol(): result.a.b is a symbol') as string,
      },
      {
        code: 'NOT_SERIALIZABLE',
        message: expect.stringContaining('revoked(): result is a revoked Proxy') as string,
      },
      {
        code: 'NOT_SERIALIZABLE',
        message: expect.stringContaining('getter(): result.then is a getter that threw') as string,
      },
      { value: 1 },
    ]);
  });

  it('may be metadata, which has to be JSON', async () => {
    const session = pair(undefined);
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    for (const metadata of [{ big: 1n }, cycle]) {
      const outcome = await caught(session.with({ metadata }).quick());
      expect(outcome).toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'not-sent' });
    }
    expect(session.stats.pendingCalls).toBe(0);
    expect(await session.remote.quick()).toBe(1);
  });

  it('are past the limits of depth and digits', async () => {
    const session = pair({ depth: 4, bigintDigits: 10 });
    expect(await caught(session.remote.size([[[[[]]]]]))).toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await caught(session.remote.size(10n ** 10n))).toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await session.remote.size([[[]]], 10n ** 10n - 1n)).toBe(2);
  });

  it('are refused from a peer that sends them all the same, and that call alone', async () => {
    const [channel, peer] = rawPeer();
    open.push(connect(channel, { expose: api }));
    peer.say(
      hello,
      [1, 1, ['quick'], [['$', 2, '1'.repeat(20_000)]], 1],
      [1, 2, ['quick'], { no: 'list' }],
      [1, 3, ['quick'], []],
    );
    expect(await peer.heard(5, 1)).toEqual([5, 1, 'PROTOCOL_ERROR', expect.any(String)]);
    expect(await peer.heard(5, 2)).toEqual([5, 2, 'PROTOCOL_ERROR', expect.any(String)]);
    expect(await peer.heard(3, 3)).toEqual([3, 3, 1]);
  });
});

describe('arguments', () => {
  it('arrive as they are when the call is made', async () => {
    const session = pair(undefined);
    const value = { list: [1], bytes: new Uint8Array([1]) };
    const call = session.remote.echo(value);
    value.list.push(2);
    value.bytes[0] = 2;
    expect(await call).toEqual({ list: [1], bytes: new Uint8Array([1]) });
  });

  it('are read once', async () => {
    const session = pair(undefined);
    let reads = 0;
    expect(await session.remote.echo({ get value() { return ++reads; } })).toEqual({ value: 1 }); // prettier-ignore
    expect(reads).toBe(1);
  });

  it('may make calls while they are read', async () => {
    const session = pair(undefined);
    const inner: Promise<unknown>[] = [];
    const outer = session.remote.echo({ get value() { inner.push(session.remote.quick()); return 5; } }); // prettier-ignore
    expect(await outer).toEqual({ value: 5 });
    expect(await Promise.all(inner)).toEqual([1]);
  });
});

it('the limits of the specs are those of other channels: a session of defaults takes a megabyte', async () => {
  const opened = overMemory();
  const [text] = await opened.remote.echo('x'.repeat(1_000_000));
  expect(text).toHaveLength(1_000_000);
  await opened.close();
});
