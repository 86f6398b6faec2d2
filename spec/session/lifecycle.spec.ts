import { afterEach, describe, expect, it } from 'vitest';

import { connect, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { hello, rawPeer, type RawMessage } from './raw-peer.ts';

interface Gated {
  gate(name: string): Promise<string>;
  add(a: number, b: number): number;
}

interface Side extends Session<Gated> {
  /** Lets the gates of a name return. */
  let(name: string): void;
  /** Fulfils once a gate of that name is waited at. */
  waited(name: string): Promise<void>;
}

const sides: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(sides.splice(0).map((side) => side.close({ graceMs: 0 })));
});

function side(channel: Parameters<typeof connect>[0]): Side {
  const gates = new Map<string, (value: string) => void>();
  const arrivals = new Map<string, () => void>();
  const session = connect<Gated>(channel, {
    expose: {
      add: (a: number, b: number) => a + b,
      gate: (name: string) =>
        new Promise((resolve) => {
          gates.set(name, resolve);
          arrivals.get(name)?.();
        }),
    },
  });
  sides.push(session);
  return Object.assign(session, {
    let: (name: string) => gates.get(name)?.(`passed ${name}`),
    waited: (name: string) =>
      new Promise<void>((resolve) => {
        if (gates.has(name)) resolve();
        else arrivals.set(name, resolve);
      }),
  });
}

function both(): [Side, Side] {
  const [here, there] = memoryChannels();
  return [side(here), side(there)];
}

const rejection = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'fulfilled',
    (error: unknown) => error,
  );

describe('close()', () => {
  it.each([0, 1] as const)(
    'from side %i lets the calls under way both ways end, and takes no new ones',
    async (closer) => {
      const ends = both();
      const [near, far] = closer === 0 ? ends : (ends.toReversed() as [Side, Side]);
      const out = near.remote.gate('out');
      const back = far.remote.gate('back');
      await Promise.all([far.waited('out'), near.waited('back')]);
      let closed = false;
      const closing = near.close().then(() => (closed = true));
      await expect(near.remote.add(1, 2)).rejects.toMatchObject({
        code: 'CHANNEL_CLOSED',
        delivery: 'not-sent',
        message: 'add() was not sent: the session was closed. It did not run',
      });
      // Refused by the callee, where the word of it has not come yet, or by this side, where it has.
      await expect(far.remote.add(1, 2)).rejects.toMatchObject({
        code: 'CHANNEL_CLOSED',
        delivery: 'not-sent',
      });
      near.let('back');
      expect(await back).toBe('passed back');
      expect(closed).toBe(false);
      far.let('out');
      expect(await out).toBe('passed out');
      await closing;
      expect(await Promise.all([near.closed, far.closed])).toEqual([undefined, undefined]);
      for (const end of ends) {
        expect(end.stats).toMatchObject({ pendingCalls: 0, runningCalls: 0, queuedBytes: 0 });
        await expect(end.remote.add(1, 2)).rejects.toMatchObject({
          code: 'CHANNEL_CLOSED',
          delivery: 'not-sent',
        });
      }
    },
  );

  it('from both sides at once ends both', async () => {
    const [near, far] = both();
    await near.remote.add(1, 2);
    await Promise.all([near.close(), far.close()]);
    expect(await Promise.all([near.closed, far.closed])).toEqual([undefined, undefined]);
  });

  it('twice, or after the end, is the same close', async () => {
    const [near, far] = both();
    await near.ready;
    await Promise.all([near.close(), near.close()]);
    await near.close();
    await far.close();
  });

  it('waits no longer than graceMs, and rejects what has not ended', async () => {
    const [near, far] = both();
    const out = rejection(near.remote.gate('out'));
    const back = rejection(far.remote.gate('back'));
    await Promise.all([far.waited('out'), near.waited('back')]);
    await near.close({ graceMs: 20 });
    for (const error of [await out, await back])
      expect(error).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'unknown' });
  });

  it('lets calls that were made before it be sent and end, where the other side is still to come', async () => {
    const [here, there] = memoryChannels();
    const near = side(here);
    const call = near.remote.add(1, 2);
    const closing = near.close();
    side(there);
    expect(await call).toBe(3);
    await closing;
  });

  it('gives up on a side that never comes', async () => {
    const [here] = memoryChannels();
    const near = side(here);
    const call = rejection(near.remote.add(1, 2));
    await near.close({ graceMs: 20 });
    expect(await call).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
    await expect(near.ready).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  });

  it('refuses options that are wrong', async () => {
    const [near] = both();
    await expect(near.close({ graceMs: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(await near.remote.add(1, 2)).toBe(3);
  });

  it('is what await using does', async () => {
    const [near] = both();
    await near[Symbol.asyncDispose]();
    expect(await near.closed).toBeUndefined();
  });
});

describe('a channel that breaks', () => {
  it('rejects each call that waits once, with why, and aborts what runs for the other side', async () => {
    const [here, there] = memoryChannels();
    const aborted: unknown[] = [];
    let began!: () => void;
    const running = new Promise<void>((resolve) => (began = resolve));
    const near = side(here);
    const far = connect<Gated>(there, {
      expose: {
        run: (signal: AbortSignal) => {
          signal.addEventListener('abort', () => aborted.push(signal.reason));
          began();
          return new Promise(() => {});
        },
      },
    });
    sides.push(far);
    const remote = near.remote as unknown as { run(signal: AbortSignal): Promise<void> };
    const sent = rejection(remote.run(new AbortController().signal));
    await running;
    const why = new Error('the cable is cut');
    here.destroy(why);
    const unsent = rejection(near.remote.add(1, 2));
    expect(await sent).toMatchObject({
      code: 'CHANNEL_CLOSED',
      delivery: 'unknown',
      message:
        'run() got no reply: the cable is cut. It may have run; make it again only if that does no harm',
    });
    expect(await unsent).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
    expect(await near.closed).toBe(why);
    expect(await far.closed).toBeUndefined();
    expect(aborted).toMatchObject([{ code: 'CHANNEL_CLOSED' }]);
    expect(near.stats.pendingCalls).toBe(0);
  });
});

describe('the handshake', () => {
  const opened = (options: { handshakeMs?: number } = {}): ReturnType<typeof start> => start(options);
  function start(limits: { handshakeMs?: number }) {
    const [channel, peer] = rawPeer();
    const session = connect<Gated>(channel, { limits, expose: { add: (a: number, b: number) => a + b } });
    sides.push(session);
    return { session, peer };
  }

  it('says who this side is, what it takes and what it has', async () => {
    const { session, peer } = opened();
    const [, version, mine] = await peer.heard(0);
    expect(version).toBe(1);
    expect(mine).toEqual({
      session: expect.stringMatching(/^[\w-]{21}$/) as string,
      messageBytes: 32 * 1024 * 1024,
      depth: 256,
      elements: 2_000_000,
      parts: true,
      series: true,
      exports: ['add'],
    });
    peer.say(hello);
    await session.ready;
  });

  it('comes before anything else is sent', async () => {
    const { session, peer } = opened();
    const call = session.remote.add(1, 2);
    await peer.heard(0);
    expect(peer.messages).toEqual([]);
    peer.say(hello);
    await peer.heard(1, 1);
    peer.say([3, 1, 3]);
    expect(await call).toBe(3);
  });

  it.each<[string, RawMessage, string]>([
    [
      'of another version',
      [0, 2, hello[2]],
      'the other side speaks version 2 of the protocol, this side version 1',
    ],
    ['without a version', [0], 'the other side speaks version undefined'],
    ['that cannot be read', [0, 1, { session: 1 }], 'a hello that cannot be read'],
    [
      'with a limit of no size',
      [0, 1, { session: 'a', messageBytes: 0, exports: [] }],
      'a hello that cannot be read',
    ],
    ['that is missing', [1, 1, ['add'], []], 'began with message 1 instead of a hello'],
  ])('%s ends the session and rejects what waits for it', async (_, message, text) => {
    const { session, peer } = opened();
    const call = rejection(session.remote.add(1, 2));
    peer.say(message);
    const why = { code: 'PROTOCOL_ERROR', message: expect.stringContaining(text) as string };
    expect(await session.closed).toMatchObject(why);
    expect(await call).toMatchObject({ ...why, delivery: 'not-sent' });
    await expect(session.ready).rejects.toMatchObject(why);
    await peer.closed;
  });

  it('that comes twice ends the session', async () => {
    const { session, peer } = opened();
    peer.say(hello, hello);
    expect(await session.closed).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: 'the other side said hello twice',
    });
  });

  it('that does not come within handshakeMs ends the session', async () => {
    const { session } = opened({ handshakeMs: 20 });
    expect(await rejection(session.remote.add(1, 2))).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('did not say hello within 20 ms') as string,
    });
  });

  it.each([2 ** 31, 2 ** 40, Infinity])('may take %d ms', async (handshakeMs) => {
    const { session, peer } = opened({ handshakeMs });
    await new Promise((resolve) => setTimeout(resolve, 30));
    peer.say(hello);
    await session.ready;
  });

  it.each([
    ['no JSON', '{', 'is not JSON: "{"'],
    ['no batch', '{"a":1}', 'holds no messages'],
    ['a message without a code', '[["x"]]', 'holds no messages'],
    ['nothing', '', 'is not JSON'],
    ['something long', 'x'.repeat(1000), `"${'x'.repeat(80)}…"`],
  ])('is followed by batches that are well-formed: %s ends the session', async (_, text, message) => {
    const { session, peer } = opened();
    peer.say(hello);
    peer.sayText(text);
    expect(await session.closed).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('a raw peer', () => {
  it('gets a pong for each ping', async () => {
    const [channel, peer] = rawPeer();
    sides.push(connect(channel));
    peer.say(hello, [9, 7], [9, 8]);
    await peer.heard(10, 8);
    expect(peer.messages).toEqual([
      [10, 7],
      [10, 8],
    ]);
  });

  it('that says bye is told bye, and what it called goes on', async () => {
    const [channel, peer] = rawPeer();
    let pass!: (value: string) => void;
    const session = connect<Gated>(channel, {
      expose: { gate: () => new Promise((resolve) => (pass = resolve)) },
    });
    sides.push(session);
    peer.say(hello, [1, 1, ['gate'], []], [11], [1, 2, ['gate'], []]);
    expect(await peer.heard(11)).toEqual([11]);
    expect(await peer.heard(5, 2)).toMatchObject([5, 2, 'CHANNEL_CLOSED', {}, 'not-sent'].map((field) => typeof field === 'object' ? expect.any(String) as unknown : field)); // prettier-ignore
    pass('done');
    expect(await peer.heard(3, 1)).toEqual([3, 1, 'done']);
    await expect(session.remote.add(1, 2)).rejects.toMatchObject({
      code: 'CHANNEL_CLOSED',
      message: expect.stringContaining('the other side closed the session') as string,
    });
    await peer.close();
    expect(await session.closed).toBeUndefined();
  });

  it('that says it could not start is the reason for which calls fail', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<Gated>(channel);
    sides.push(session);
    const call = rejection(session.remote.add(1, 2));
    peer.say([11, 'START_FAILED', 'no such module', ['$', 11, 'TypeError', { message: 'why' }], 1]);
    await peer.close();
    expect(await call).toMatchObject({
      code: 'START_FAILED',
      delivery: 'not-sent',
      cause: new TypeError('why'),
    });
  });

  it('may make up no code of an error', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<Gated>(channel);
    sides.push(session);
    peer.say(hello);
    const calls = ['MADE_UP', 7, 'TIMEOUT', 'OVERLOADED'].map(() => rejection(session.remote.add(1, 2)));
    await peer.heard(1, 4);
    peer.say(
      [5, 1, 'MADE_UP', 'm'],
      [5, 2, 7, 7],
      [5, 3, 'TIMEOUT', 'm', 'not-sent'],
      [5, 4, 'OVERLOADED', 'm', 'not-sent'],
    );
    expect(await Promise.all(calls)).toMatchObject([
      { code: 'PROTOCOL_ERROR', message: 'add(): m', delivery: 'unknown' },
      { code: 'PROTOCOL_ERROR', message: 'add(): refused by the other side', delivery: 'unknown' },
      { code: 'PROTOCOL_ERROR', delivery: 'not-sent' },
      { code: 'OVERLOADED', delivery: 'not-sent' },
    ]);
  });

  it('whose result cannot be read fails that call alone', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<Gated>(channel);
    sides.push(session);
    peer.say(hello);
    const calls = [1, 2, 3, 4].map(() => rejection(session.remote.add(1, 2)));
    await peer.heard(1, 4);
    peer.say([3, 1, ['$', 99], 1], [3, 2, 1, 7], [4, 3, ['$', 12, 1], 1], [3, 4, 3]);
    expect(await Promise.all(calls)).toMatchObject([
      { code: 'PROTOCOL_ERROR' },
      { code: 'PROTOCOL_ERROR' },
      { code: 'PROTOCOL_ERROR' },
      'fulfilled',
    ]);
  });
});

describe('stats', () => {
  it('count what is under way', async () => {
    const [near, far] = both();
    const call = near.remote.gate('a');
    expect(near.stats.pendingCalls).toBe(1);
    await far.waited('a');
    expect(far.stats.runningCalls).toBe(1);
    far.let('a');
    await call;
    expect([near.stats, far.stats]).toEqual(
      [near, far].map(() => ({
        pendingCalls: 0,
        runningCalls: 0,
        queuedBytes: 0,
        ignoredMessages: 0,
        exportedReferences: 0,
        importedReferences: 0,
        openStreams: 0,
      })),
    );
  });
});

it('close() waits for the calls that get no reply', async () => {
  const [here, there] = memoryChannels();
  const done: string[] = [];
  const api = {
    note: async (what: string) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      done.push(what);
    },
  };
  sides.push(connect(there, { expose: api }));
  const near = connect<typeof api>(here);
  await near.with({ oneway: true }).note('one-way');
  void near.pipeline.note('kept');
  await near.close();
  expect(done).toEqual(['one-way', 'kept']);
});
