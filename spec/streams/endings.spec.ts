import { Readable } from 'node:stream';

import { afterEach, describe, expect, it } from 'vitest';

import { connect, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { inMemory, overChannels } from '../calls/over-channels.ts';
import * as flows from '../fixtures/streams/flows.js';
import { rawPeer, type RawMessage, type RawPeer } from '../session/raw-peer.ts';

type Flows = typeof flows;

const channels = overChannels<Flows>(new URL('../fixtures/streams/flows.js', import.meta.url), flows);
// Those that end when the module calls process.exit, without this process.
const children = channels.slice(0, 4);

/** Reads to the end; gives what came, and what ended it. */
async function drained(items: AsyncIterable<unknown>): Promise<{ got: unknown[]; error?: unknown }> {
  const got: unknown[] = [];
  try {
    for await (const item of items) got.push(item);
    return { got };
  } catch (error) {
    return { got, error };
  }
}

describe.each(children)('a child over %s that ends in the middle of a stream', (_, open) => {
  it('gives the items before, and then the reason', async () => {
    const opened = open();
    const { got, error } = await drained(opened.remote.dying(3));
    expect(got).toEqual([1, 2]);
    expect(error).toMatchObject({ code: 'CHILD_EXITED', exit: { code: 3 } });
    expect(opened.stats.openStreams).toBe(0);
    await opened.close();
  });
});

describe.each(channels)('close over %s', (_, open) => {
  it('ends streams that are open, in both directions', async () => {
    const opened = open({ onError: () => {} });
    const items = opened.remote.numbers(1e9)[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: 0 });
    const sink = ((await opened.remote.writable('open')) as WritableStream<unknown>).getWriter();
    await sink.write(1);
    let ended = false;
    const own = (async function* () {
      try {
        for (let n = 0; ; n++) {
          yield n;
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        ended = true;
      }
    })();
    const taking = opened.remote.collect(own);
    taking.catch(() => {});
    await opened.remote.nothing();
    await opened.close({ graceMs: 200 });
    await drained({ [Symbol.asyncIterator]: () => items });
    await expect(taking).rejects.toMatchObject({ code: expect.any(String) as unknown });
    await expect(sink.write(2)).rejects.toBeDefined();
    sink.closed.catch(() => {});
    await expect.poll(() => ended).toBe(true);
    expect(opened.stats.openStreams).toBe(0);
  });
});

describe('limits', () => {
  it('of items and bytes bound what is on its way', async () => {
    const opened = inMemory(flows, { limits: { streamItems: 4, streamBytes: 1000 } });
    flows.takeProduced();
    const few = opened.remote.numbers(1e6)[Symbol.asyncIterator]();
    await few.next();
    for (let time = 0; time < 5; time++) await opened.remote.nothing();
    expect(flows.takeProduced()).toBeLessThanOrEqual(5);
    await few.return?.();
    // One item may be larger than all that may be on its way.
    const large = await drained(opened.remote.numbers(3, 5000));
    expect(large.got).toHaveLength(3);
    await opened.close();
  });

  it('of streams fail the call that would open one too many', async () => {
    const opened = inMemory(flows, { limits: { streams: 2 } });
    const [first, second] = [await opened.remote.numbers(5), await opened.remote.numbers(5)];
    await expect(opened.remote.numbers(5)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    // Counted on its own, so that a side which reads much can still send.
    const silent = async function* (): AsyncGenerator<number> {
      yield await new Promise<number>(() => {});
    };
    const sent = [opened.remote.collect(silent()), opened.remote.collect(silent())];
    await expect(opened.remote.collect(flows.numbers(1))).rejects.toMatchObject({ code: 'OVERLOADED' });
    for (const call of sent) call.catch(() => {});
    expect((await drained(first)).got).toHaveLength(5);
    await second.return('all');
    await opened.close({ graceMs: 0 });
  });
});

describe('a peer that does as it likes', () => {
  const sessions: Session<unknown>[] = [];
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
  });
  const code = {
    call: 1,
    result: 3,
    item: 15,
    end: 16,
    fail: 17,
    credit: 18,
    stop: 19,
    next: 20,
    iterate: 21,
  };

  interface Api {
    stream(n?: number): Promise<AsyncGenerator<number>>;
  }

  function withRawPeer(options?: ConnectOptions): [Session<Api>, RawPeer] {
    const [channel, peer] = rawPeer();
    const session = connect<Api>(channel, options);
    sessions.push(session);
    peer.say([0, 1, { session: 'raw', messageBytes: 1 << 25, exports: [] }]);
    return [session, peer];
  }

  async function streaming(): Promise<[AsyncGenerator<number>, RawPeer, Session<Api>]> {
    const [session, peer] = withRawPeer();
    const call = session.remote.stream();
    await peer.heard(code.call, 1);
    peer.say([code.result, 1, ['$', 17, 1, 0], 1]);
    return [await call, peer, session];
  }

  it('and sends items without credit has its stream ended, that alone', async () => {
    const [items, peer, session] = await streaming();
    peer.say([code.item, 1, 'unasked']);
    expect(await peer.heard(code.stop, -1)).toBeDefined();
    await expect(items.next()).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(session.stats.openStreams).toBe(0);
    const call = session.remote.stream();
    await peer.heard(code.call, 2);
    peer.say([code.result, 2, 'fine']);
    expect(await call).toBe('fine');
  });

  it('and sends more than the window has its stream ended', async () => {
    const [items, peer] = await streaming();
    const got = drained(items);
    await peer.heard(code.credit, -1);
    peer.say(...Array.from({ length: 2000 }, (_, n): RawMessage => [code.item, 1, n]));
    expect((await got).error).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('and says that its items weigh less than they do, or nothing, has its stream ended', async () => {
    for (const item of [
      'x'.repeat(100_000),
      Array.from({ length: 20_000 }, (_, n) => n),
      { deep: [{ a: 'x'.repeat(50_000) }] },
    ]) {
      const [items, peer] = await streaming();
      const next = items.next();
      await peer.heard(code.credit, -1);
      peer.say([code.item, 1, item]);
      await expect(next).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    }
  });

  it('and sends more bytes than the window has its stream ended', async () => {
    const [items, peer] = await streaming();
    const got = drained(items);
    await peer.heard(code.credit, -1);
    const heavy = 'x'.repeat(600_000);
    peer.say(...Array.from({ length: 4 }, (): RawMessage => [code.item, 1, heavy, 0, 0, heavy.length]));
    const { error } = await got;
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('and speaks of streams that are not there is ignored, or told', async () => {
    const [session, peer] = withRawPeer({ expose: { ok: () => 'ok' } });
    for (const id of [1, -1, 7, 'x', null])
      peer.say(
        [code.item, id, 1],
        [code.end, id],
        [code.fail, id, 1],
        [code.credit, id, 1, 1],
        [code.stop, id, 0],
        [code.next, id, 1],
      );
    peer.say([code.iterate, 5, 1, 1], [code.call, 1, ['ok'], []]);
    expect(await peer.heard(code.result, 1)).toEqual([code.result, 1, 'ok']);
    expect(session.stats.openStreams).toBe(0);
  });

  it('and gives a stream a number that is taken fails that call', async () => {
    const [items, peer, session] = await streaming();
    const again = session.remote.stream();
    await peer.heard(code.call, 2);
    peer.say([code.result, 2, ['$', 17, 1, 0], 1]);
    await expect(again).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
    const next = items.next();
    peer.say([code.item, 1, 5]);
    expect(await next).toEqual({ done: false, value: 5 });
  });

  it('and gives no numbers for credit ends the session', async () => {
    for (const wrong of [-1, 1.5, 'many', null, 1e300]) {
      const [session, peer] = withRawPeer({ expose: { numbers: flows.numbers } });
      peer.say([code.call, 1, ['numbers'], [5]]);
      const result = (await peer.heard(code.result, 1))[2] as [string, number, number];
      peer.say([code.credit, -result[2], wrong, 10]);
      expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
    }
  });
});

describe('the end of a session', () => {
  it('ends no program over a stream of Node that nobody listens to', async () => {
    const [here, there] = memoryChannels();
    const errors: unknown[] = [];
    const received: unknown[] = [];
    const far = connect(there, {
      expose: { take: (...streams: unknown[]) => void received.push(...streams) },
      onError: (error) => errors.push(error),
    });
    const near = connect<{ take(...streams: unknown[]): void }>(here, { onError: () => {} });
    await near.remote.take(new Readable({ read() {} }), flows.nodeWritable('left'), flows.upperCase());
    expect(received).toHaveLength(3);
    await near.close({ graceMs: 0 });
    await far.closed;
    await expect.poll(() => errors.length).toBeGreaterThan(0);
  });
});
