import { afterEach, describe, expect, it, vi } from 'vitest';

import { connect, type Channel, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { hello, rawPeer, type RawMessage, type RawPeer } from './raw-peer.ts';

const open: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

const api = {
  text: (length: number) => 'x'.repeat(length),
  never: () => new Promise(() => {}),
  async *numbers() {
    yield* [1, 2, 3];
  },
  take: () => 'taken',
};

function facing(limits: ConnectOptions['limits']): { session: Session<unknown>; peer: RawPeer } {
  const [channel, peer] = rawPeer({ highWaterBytes: 1 });
  const session = connect(channel, { expose: api, onError: () => {}, ...(limits && { limits }) });
  open.push(session);
  peer.say(hello);
  return { session, peer };
}

describe('a peer that hoards', () => {
  it('kept results is refused past limits.references', async () => {
    const { session, peer } = facing({ references: 3 });
    const kept = (id: number): RawMessage => [1, id, ['text'], [1], 0, 0, { keep: true }];
    peer.say(kept(1), kept(2), kept(3), kept(4), [14, -1, 1], kept(5));
    expect(await peer.heard(5)).toEqual([
      5,
      4,
      'OVERLOADED',
      expect.stringContaining('limits.references'),
      'not-sent',
    ]);
    await vi.waitFor(() => expect(session.stats.exportedReferences).toBe(3));
    peer.say([2, 6, [-5]], [2, 7, [-4]]);
    expect(await peer.heard(3, 6)).toEqual([3, 6, 'x']);
    expect((await peer.heard(5, 7))[2]).toBe('REFERENCE_RELEASED');
  });

  it('aborts of signals that no call has brought yet is held no more than limits.runningCalls of them', async () => {
    const { session, peer } = facing({ runningCalls: 2 });
    const waiting: RawMessage = [1, 2, [-1, 'a'], [], 0, 0, { uses: [1] }];
    peer.say([1, 1, ['never'], [], 0, 0, { keep: true }], waiting);
    peer.say(...Array.from({ length: 100 }, (_, at): RawMessage => [7, at + 1]));
    await vi.waitFor(() => expect(session.stats.ignoredMessages).toBe(98));
  });

  it('streams is refused past limits.streams, without a loss of this side’s own', async () => {
    const { session, peer } = facing({ streams: 2 });
    const stream = (id: number): RawMessage => [1, id, ['take'], [['$', 17, id, 0]], 1];
    peer.say(stream(1), stream(2), stream(3), [1, 4, ['numbers'], []]);
    expect((await peer.heard(5, 3))[2]).toBe('PROTOCOL_ERROR');
    expect((await peer.heard(3, 4))[2]).toEqual(['$', 17, 1, 0]);
    expect(session.stats.openStreams).toBe(3);
  });
});

describe('streams that have ended', () => {
  it('count no more, so that as many can follow as there may be at once', async () => {
    const { session, peer } = facing({ streams: 2 });
    for (let id = 1; id <= 10; id++) {
      peer.say([1, id, ['take'], [['$', 17, id, 0]], 1], [16, id]);
      expect(await peer.heard(3, id)).toEqual([3, id, 'taken']);
    }
    expect(session.stats.openStreams).toBe(0);
  });
});

describe('a peer that asks and does not read', () => {
  // A channel that takes nothing more after the hello.
  function deaf(limits: ConnectOptions['limits']): { session: Session<unknown>; peer: RawPeer } {
    const [channel, peer] = rawPeer();
    const takesNothing: Channel = {
      open: (receiver) => channel.open(receiver),
      send: () => false,
      close: () => channel.close(),
      destroy: (reason) => channel.destroy(reason),
    };
    const session = connect(takesNothing, { expose: api, ...(limits && { limits }) });
    open.push(session);
    peer.say(hello);
    return { session, peer };
  }

  it('is refused while twice limits.queuedBytes wait, and loses its channel at four times', async () => {
    const { session, peer } = deaf({ queuedBytes: 10_000 });
    peer.say([1, 1, ['text'], [1]]);
    peer.say([1, 2, ['text'], [25_000]]);
    await vi.waitFor(() => expect(session.stats.queuedBytes).toBeGreaterThan(20_000));
    const before = session.stats.queuedBytes;
    peer.say([1, 3, ['text'], [15_000]]);
    await vi.waitFor(() => expect(session.stats.queuedBytes).toBeGreaterThan(before));
    // The refusal alone.
    expect(session.stats.queuedBytes).toBeLessThan(before + 1000);
    for (let id = 4; id < 200; id++) peer.say([1, id, ['text'], [15_000]]);
    expect(await session.closed).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('does not read the answers') as string,
    });
  });

  it('or only pings, loses its channel as well', async () => {
    const { session, peer } = deaf({ queuedBytes: 1000 });
    for (let ping = 0; ping < 500; ping++) peer.say([9, ping]);
    expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });
});

describe('a side that makes calls', () => {
  it('keeps no more results at the other side than limits.references', async () => {
    const [here, there] = memoryChannels();
    const near = connect<{ text(length: number): { slice(from: number): string } }>(here, {
      limits: { references: 2 },
    });
    open.push(near, connect(there, { expose: api }));
    const kept = [near.pipeline.text(3), near.pipeline.text(4)];
    const third = near.pipeline.text(5).slice(1);
    await expect(third).rejects.toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
    expect(await Promise.all(kept.map((one) => one))).toEqual(['xxx', 'xxxx']);
  });
});
