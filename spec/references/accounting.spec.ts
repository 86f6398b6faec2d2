import { afterEach, describe, expect, it } from 'vitest';

import {
  byReference,
  connect,
  release,
  withOptions,
  type Call,
  type ConnectOptions,
  type Middleware,
  type Session,
} from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { rawPeer, type RawMessage, type RawPeer } from '../session/raw-peer.ts';

/** Tags and codes as they are on the wire. */
const wire = {
  call: 1,
  get: 2,
  result: 3,
  failure: 4,
  refusal: 5,
  cancel: 6,
  make: 12,
  set: 13,
  release: 14,
};
const reference = 15;
const yours = 16;
const stream = 17;

interface Api {
  take(...args: readonly unknown[]): Promise<unknown>;
}

const sessions: Session<unknown>[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
});

/** A session whose other side says what a spec has it say. */
function withRawPeer(options?: ConnectOptions, messageBytes = 1 << 25): [Session<Api>, RawPeer] {
  const [channel, peer] = rawPeer();
  const session = connect<Api>(channel, options);
  sessions.push(session);
  peer.say([0, 1, { session: 'raw', messageBytes, exports: [] }]);
  return [session, peer];
}

const counts = ({ stats: { exportedReferences, importedReferences, openStreams } }: Session<unknown>) => [
  exportedReferences,
  importedReferences,
  openStreams,
];

/** The code with which a call was refused. */
const refused = async (peer: RawPeer, id: number) => (await peer.heard(wire.refusal, id))[2];

async function* endless() {
  for (let n = 0; ; n++) yield n;
}

describe('references from the wire', () => {
  const expose = {
    give: () => () => 'given',
    giveSame: (
      (same) => () =>
        same
    )(() => 'same'),
    take: (...args: unknown[]) => args.length,
    counter: byReference({ count: 1 }),
  };

  it('that were never given out are a PROTOCOL_ERROR for that call alone', async () => {
    const [session, peer] = withRawPeer({ expose });
    peer.say(
      [wire.call, 1, [99], []],
      [wire.call, 2, ['take'], [['$', yours, 99]], 1],
      [wire.get, 3, [12, 'x']],
    );
    for (const id of [1, 2, 3]) expect(await refused(peer, id)).toBe('PROTOCOL_ERROR');
    peer.say([wire.call, 4, ['take'], [1]]);
    expect(await peer.heard(wire.result, 4)).toEqual([wire.result, 4, 1]);
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('that were released are told to be', async () => {
    const [session, peer] = withRawPeer({ expose });
    peer.say([wire.call, 1, ['give'], []]);
    const [, , [, , id]] = (await peer.heard(wire.result, 1)) as [number, number, [string, number, number]];
    expect(counts(session)).toEqual([1, 0, 0]);
    peer.say([wire.call, 2, [id], []], [wire.release, id, 1], [wire.call, 3, [id], []]);
    expect(await peer.heard(wire.result, 2)).toEqual([wire.result, 2, 'given']);
    expect(await refused(peer, 3)).toBe('REFERENCE_RELEASED');
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('are counted each time they are sent, and harmless to release too often', async () => {
    const [session, peer] = withRawPeer({ expose });
    peer.say([wire.call, 1, ['giveSame'], []], [wire.call, 2, ['giveSame'], []]);
    const [, , [, , id]] = (await peer.heard(wire.result, 2)) as [number, number, [string, number, number]];
    peer.say([wire.release, id, 1], [wire.call, 3, [id], []]);
    expect(await peer.heard(wire.result, 3)).toEqual([wire.result, 3, 'same']);
    peer.say(
      [wire.release, id, 1000],
      [wire.release, id, 1],
      [wire.release, 77, 1],
      [wire.call, 4, [id], []],
    );
    expect(await refused(peer, 4)).toBe('REFERENCE_RELEASED');
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('released in a way that makes no sense end the session', async () => {
    for (const wrong of [
      [wire.release, 'x', 1],
      [wire.release, 1, 0],
      [wire.release, 1, -1],
      [wire.release, 1.5, 1],
      [wire.release],
    ] as RawMessage[]) {
      const [session, peer] = withRawPeer({ expose });
      peer.say(wrong);
      expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
    }
  });

  it('cannot be made to be more than the limit', async () => {
    const [session, peer] = withRawPeer({ limits: { references: 2 } });
    const call = session.remote.take();
    await peer.heard(wire.call, 1);
    const many = [1, 2, 3].map((id) => ['$', reference, id, 0, 'f']);
    peer.say([wire.result, 1, many, 1]);
    await expect(call).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('do not lead to what an object does not show', async () => {
    const [, peer] = withRawPeer({ expose });
    peer.say([wire.get, 1, ['counter', 'constructor']], [wire.get, 2, ['give', 'prototype', 'constructor']]);
    peer.say([wire.set, 3, ['counter'], [{ nothing: 1 }]], [wire.set, 4, ['give'], [{ x: 1 }]]);
    peer.sayText('[[13,5,["counter"],[{"__proto__":{"x":1}}]]]');
    for (const id of [1, 2, 3, 4, 5])
      expect((await peer.heard(wire.refusal, id))[2]).toMatch(/METHOD_NOT_FOUND|INVALID_ARGUMENT/);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('what comes back too late or is not read', () => {
  it('is given back: references, functions of streams, streams', async () => {
    const [session, peer] = withRawPeer();
    const controller = new AbortController();
    const call = session.with({ signal: controller.signal }).take();
    await peer.heard(wire.call, 1);
    controller.abort('too slow');
    await expect(call).rejects.toBe('too slow');
    peer.say([wire.result, 1, [['$', reference, 5, 0, 'f'], { g: ['$', stream, 3, 0] }], 1]);
    expect(await peer.heard(wire.release, 5)).toEqual([wire.release, 5, 1]);
    expect((await peer.heard(19, -3)).slice(0, 3)).toEqual([19, -3, 0]);
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('is given back where the arguments of a call lead nowhere', async () => {
    const [session, peer] = withRawPeer({ expose: {} });
    peer.say([
      wire.call,
      1,
      ['missing'],
      [
        ['$', reference, 5, 0, 'f'],
        ['$', stream, 3, 0],
      ],
      1,
    ]);
    expect(await refused(peer, 1)).toBe('METHOD_NOT_FOUND');
    expect(await peer.heard(wire.release, 5)).toEqual([wire.release, 5, 1]);
    expect((await peer.heard(19, -3)).slice(0, 3)).toEqual([19, -3, 0]);
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('is given back where it is the reason of a cancellation that nobody hears', async () => {
    const [session, peer] = withRawPeer({ expose: { never: () => new Promise(() => {}) } });
    peer.say([wire.call, 1, ['never'], []], [wire.cancel, 1, ['$', reference, 5, 0, 'f'], 1]);
    peer.say([wire.cancel, 9, ['$', reference, 6, 0, 'f'], 1], [7, 9, ['$', reference, 7, 0, 'f'], 1]);
    for (const id of [5, 6, 7]) expect(await peer.heard(wire.release, id)).toEqual([wire.release, id, 1]);
    expect(counts(session)).toEqual([0, 0, 0]);
  });
});

describe('a message that is not sent after all', () => {
  const withEverything = (last: unknown): unknown[] => [
    () => 1,
    { deep: new Map([['f', () => 2]]) },
    endless(),
    new ReadableStream(),
    new WritableStream(),
    byReference({}),
    last,
  ];

  it('leaves nothing registered where a value cannot be sent', async () => {
    const [session] = withRawPeer();
    const circular = new Map<unknown, unknown>([['deep', { unsendable: Symbol('x') }]]);
    await expect(session.remote.take(...withEverything(circular))).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
      delivery: 'not-sent',
      message: expect.stringContaining('arguments[6].deep.unsendable') as unknown,
    });
    expect(counts(session)).toEqual([0, 0, 0]);
    const throwing = {
      get trap(): never {
        throw new Error('trapped');
      },
    };
    await expect(session.remote.take(...withEverything(throwing))).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    await expect(session.remote.take(...withEverything(proxy))).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
    });
    // oxlint-disable-next-line unicorn/no-thenable
    const thenable = { then: (f: (value: number) => void) => f(1) };
    await expect(session.remote.take(...withEverything(Promise.resolve(1)))).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
    });
    expect(counts(session)).toEqual([0, 0, 0]);
    void session.remote.take(thenable).catch(() => {});
    expect(counts(session)).toEqual([1, 0, 0]);
  });

  it('leaves nothing registered where it is too large', async () => {
    const [session] = withRawPeer({ limits: { messageBytes: 2048 } });
    await expect(session.remote.take(...withEverything('x'.repeat(4000)))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('leaves nothing registered where it would be one reference or stream too many', async () => {
    const [session] = withRawPeer({ limits: { references: 3, streams: 3 } });
    const functions = [1, 2, 3, 4].map((n) => () => n);
    await expect(session.remote.take(...functions)).rejects.toMatchObject({
      code: 'OVERLOADED',
      delivery: 'not-sent',
    });
    const streams = [1, 2, 3, 4].map(() => endless());
    await expect(session.remote.take(...streams)).rejects.toMatchObject({
      code: 'OVERLOADED',
      delivery: 'not-sent',
    });
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('leaves nothing registered where there are too many calls', async () => {
    const [session] = withRawPeer({ limits: { pendingCalls: 1 } });
    void session.remote.take().catch(() => {});
    await expect(session.remote.take(...withEverything(1))).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('leaves nothing registered where it is withdrawn in the same tick', async () => {
    const [session, peer] = withRawPeer();
    await session.ready;
    const controller = new AbortController();
    const call = session.with({ signal: controller.signal }).take(...withEverything(1));
    expect(counts(session)).not.toEqual([0, 0, 0]);
    controller.abort('never mind');
    await expect(call).rejects.toBe('never mind');
    expect(counts(session)).toEqual([0, 0, 0]);
    expect(peer.messages).toEqual([]);
  });

  it('leaves nothing registered where a result cannot be sent, or is too large', async () => {
    const expose = {
      wrong: () => withEverything(Symbol('x')),
      large: () => withEverything('x'.repeat(5000)),
    };
    const [session, peer] = withRawPeer({ expose }, 4096);
    peer.say([wire.call, 1, ['wrong'], []], [wire.call, 2, ['large'], []]);
    expect(await refused(peer, 1)).toBe('NOT_SERIALIZABLE');
    expect(await refused(peer, 2)).toBe('TOO_LARGE');
    expect(counts(session)).toEqual([0, 0, 0]);
  });

  it('leaves nothing registered where a result would be one too many, and does not say that nothing has run', async () => {
    const expose = {
      functions: () => [1, 2, 3, 4].map((n) => () => n),
      streams: () => [1, 2, 3, 4].map(() => endless()),
    };
    const [session, peer] = withRawPeer({ expose, limits: { references: 3, streams: 3 } });
    peer.say([wire.call, 1, ['functions'], []], [wire.call, 2, ['streams'], []]);
    for (const id of [1, 2]) {
      const [, , code, , delivery] = await peer.heard(wire.refusal, id);
      expect([code, delivery]).toEqual(['OVERLOADED', 'unknown']);
    }
    expect(counts(session)).toEqual([0, 0, 0]);
  });
});

describe('an object that changes while it is sent', () => {
  it('travels as it was when it was read, and can make calls itself', async () => {
    const [here, there] = memoryChannels();
    const got: unknown[] = [];
    sessions.push(connect(there, { expose: { take: (...args: unknown[]) => got.push(args) } }));
    const session = connect<Api>(here);
    sessions.push(session);
    const inner: Promise<unknown>[] = [];
    const changing = {
      first: 1,
      get second() {
        this.first = 100;
        inner.push(session.remote.take('inner', () => {}));
        return 2;
      },
      third: [3],
    };
    const call = session.remote.take(changing, () => {});
    changing.third.push(4);
    await call;
    await Promise.all(inner);
    expect(got).toMatchObject([
      ['inner', expect.anything()],
      [{ first: 1, second: 2, third: [3] }, expect.anything()],
    ]);
  });
});

describe('a reference that stands for a value twice', () => {
  it('is one entry for each object a function was found in', async () => {
    const [here, there] = memoryChannels();
    const received: unknown[] = [];
    sessions.push(connect(there, { expose: { take: (...args: unknown[]) => void received.push(...args) } }));
    const session = connect<Api>(here);
    sessions.push(session);
    function name(this: { readonly name: string }) {
      return this.name;
    }
    await session.remote.take({ name: 'ada', name_: name }, { name: 'bob', name_: name });
    expect(session.stats.exportedReferences).toBe(2);
    const [ada, bob] = received as { name_(): Promise<string> }[];
    const names = [ada, bob]
      .flatMap((object) => Object.values(object ?? {}))
      .filter((value) => typeof value === 'function');
    expect(await ada?.name_()).toBe('ada');
    expect(await bob?.name_()).toBe('bob');
    release(names[0]!);
    await session.remote.take();
    expect(session.stats.exportedReferences).toBe(1);
    expect(await bob?.name_()).toBe('bob');
  });
});

describe('a call that is forwarded to a third party', () => {
  it('takes its deadline and metadata along', async () => {
    const calls: Call[] = [];
    const noting: Middleware = (next) => (call) => {
      calls.push(call);
      return next(call);
    };
    const [first, second] = memoryChannels();
    const [third, fourth] = memoryChannels();
    // From A through B to C: B has what C gave, and exposes it to A.
    const c = connect(fourth, { expose: { give: () => () => 'given' }, servedMiddleware: [noting] });
    const b = connect<{ give(): Promise<() => Promise<string>> }>(third);
    const given = await b.remote.give();
    const bToA = connect(second, { expose: { pass: () => given } });
    const a = connect<{ pass(): Promise<() => Promise<string>> }>(first);
    sessions.push(a, b, bToA, c);
    const passed = await a.remote.pass();
    const asked = withOptions(passed, { timeoutMs: 5_000, metadata: { user: 'ada' } });
    expect(await asked()).toBe('given');
    expect(calls.at(-1)?.options).toMatchObject({ timeoutMs: 5_000, metadata: { user: 'ada' } });
  });
});
