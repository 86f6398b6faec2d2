import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { connect, type Channel, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { hello, rawPeer, type RawMessage, type RawPeer } from './raw-peer.ts';

const api = {
  add: (a: number, b: number) => a + b,
  echo: (value: unknown) => value,
  later: async (value: unknown) => value,
  nothing: () => {},
  fail: (why: string) => {
    throw new Error(why);
  },
  *count(to: number) {
    for (let index = 0; index < to; index++) yield index;
  },
};

const open: Session<unknown>[] = [];

// Answers that take long leave sooner, and a busy machine can make any of them.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

function noting(channel: Channel, sent: RawMessage[]): Channel {
  return {
    open: (receiver) => channel.open(receiver),
    send(text, attachments) {
      sent.push(...(JSON.parse(text) as RawMessage[]));
      return channel.send(text, attachments);
    },
    close: () => channel.close(),
    destroy: (reason) => channel.destroy(reason),
  };
}

/** Two sessions whose names have their numbers already: 0 add, 1 echo, 2 later, 3 nothing, 4 count. */
async function joined(there: ConnectOptions = {}) {
  const sent: RawMessage[] = [];
  const back: RawMessage[] = [];
  const [near, far] = memoryChannels();
  open.push(connect(noting(far, back), { expose: api, ...there }));
  const session = connect<typeof api>(noting(near, sent));
  open.push(session);
  const { remote } = session;
  await remote.add(0, 0);
  await remote.echo(0);
  await remote.later(0);
  await remote.nothing();
  for await (const _ of remote.count(1));
  sent.length = 0;
  back.length = 0;
  return { session, remote, sent, back };
}

describe('calls that follow each other', () => {
  it('leave as one message where they are of one function and plain, and so do their results', async () => {
    const { remote, sent, back } = await joined();
    const calls = [remote.add(1, 2), remote.add(3, 4), remote.add(5, 6)];
    expect(await Promise.all(calls)).toEqual([3, 7, 11]);
    expect(sent).toEqual([[28, expect.any(Number), 0, [1, 2], [3, 4], [5, 6]]]);
    expect(back).toEqual([[29, sent[0]?.[1], 3, 7, 11]]);
  });

  it('leave one by one where they are of different functions; their results leave as one', async () => {
    const { remote, sent, back } = await joined();
    const calls = [remote.add(1, 2), remote.echo('x'), remote.add(3, 4), remote.echo(null), remote.echo(0)];
    expect(await Promise.all(calls)).toEqual([3, 'x', 7, null, 0]);
    expect(sent.map(([code, , target]) => [code, target])).toEqual([
      [1, 0],
      [1, 1],
      [1, 0],
      [28, 1],
    ]);
    expect(back.map(([code]) => code)).toEqual([29]);
  });

  it('keep their order among others, whatever those take along', async () => {
    const { remote } = await joined();
    const order: unknown[] = [];
    const note = (call: Promise<unknown>): void => void call.then((value) => order.push(value));
    note(remote.echo(1));
    note(remote.echo(2));
    note(remote.echo(new Uint8Array([3])));
    note(remote.echo(new Map([[4, 4]])));
    note(remote.echo(5));
    note(remote.nothing());
    note(remote.echo(6));
    await remote.echo(7);
    expect(order).toEqual([1, 2, new Uint8Array([3]), new Map([[4, 4]]), 5, undefined, 6]);
  });

  it('settle each on its own', async () => {
    const { remote } = await joined();
    const calls = [remote.echo(1), remote.fail('no'), remote.echo(2), remote.later(3), remote.echo(4)];
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(settled[1]).toMatchObject({ reason: { message: 'no' } });
    expect(await Promise.all([calls[0], calls[2], calls[3], calls[4]])).toEqual([1, 2, 3, 4]);
  });

  it('leave without those that were given up in their tick', async () => {
    const { session, remote, sent } = await joined();
    const controller = new AbortController();
    const impatient = session.with({ signal: controller.signal });
    const calls = [remote.add(1, 0), remote.add(2, 0), impatient.add(3, 0), remote.add(4, 0)];
    controller.abort(new Error('never mind'));
    const settled = await Promise.allSettled(calls);
    expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : 'given up'))).toEqual([
      1,
      2,
      'given up',
      4,
    ]);
    expect(sent.flatMap(([code, , , args]) => (code === 1 ? [args] : []))).toEqual([
      [1, 0],
      [2, 0],
      [4, 0],
    ]);
  });

  it('without a reply leave one by one', async () => {
    const { session, sent } = await joined();
    const { add } = session.with({ oneway: true });
    await Promise.all([add(1, 2), add(3, 4)]);
    await session.remote.nothing();
    expect(sent.map(([code]) => code)).toEqual([1, 1, 1]);
  });

  it('count one by one for what may run at once', async () => {
    const { remote } = await joined({ limits: { runningCalls: 2 } });
    const settled = await Promise.allSettled([1, 2, 3].map((value) => remote.later(value)));
    expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error)))).toEqual([
      1,
      2,
      expect.objectContaining({ code: 'OVERLOADED' }),
    ]);
  });
});

describe('items that follow each other', () => {
  it('leave as one message, one message for each stream', async () => {
    const { remote, back } = await joined();
    const read = async (): Promise<number[]> => {
      const items: number[] = [];
      for await (const item of remote.count(5)) items.push(item);
      return items;
    };
    expect(await Promise.all([read(), read()])).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
    const series = back.filter(([code]) => code === 30);
    expect(series.map(([, , ...items]) => items)).toEqual([
      [0, 1, 2, 3, 4],
      [0, 1, 2, 3, 4],
    ]);
    expect(new Set(series.map(([, stream]) => stream)).size).toBe(2);
  });
});

describe('to a side that', () => {
  const single = async (peer: RawPeer, said: object): Promise<void> => {
    peer.say([0, 1, { ...(hello[2] as object), ...said }]);
    await peer.heard(1, 3);
    expect(peer.messages.map(([code, id]) => [code, id])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    peer.say([29, 1, 'a', 'b', 'c']);
  };

  it.each([
    ['does not read series', {}],
    ['says that it does not', { series: false }],
    ['takes few values in a message', { series: true, elements: 1000 }],
  ])('%s they leave one by one; it may write them itself', async (_, said) => {
    const [channel, peer] = rawPeer();
    const session = connect<typeof api>(channel);
    open.push(session);
    const calls = ['a', 'b', 'c'].map((value) => session.remote.echo(value));
    await single(peer, said);
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c']);
  });

  it('takes small messages they leave in several batches', async () => {
    const [near, far] = memoryChannels();
    open.push(connect(far, { expose: api, limits: { messageBytes: 1024 } }));
    const session = connect<typeof api>(near);
    open.push(session);
    const calls = Array.from({ length: 500 }, (_, value) => session.remote.echo(value));
    expect(await Promise.all(calls)).toEqual(calls.map((_, value) => value));
  });
});

it('a call whose name takes more bytes than characters is refused where that is too much', async () => {
  const [near, far] = memoryChannels();
  const name = 'ä'.repeat(700);
  open.push(
    connect(far, { expose: { [name]: (text: string) => text.length }, limits: { messageBytes: 2048 } }),
  );
  const session = connect<Record<string, (text: string) => number>>(near);
  open.push(session);
  await session.ready;
  const call = session.remote[name]!;
  await expect(call('x'.repeat(1000))).rejects.toMatchObject({ code: 'TOO_LARGE', delivery: 'not-sent' });
  expect(await call('x'.repeat(500))).toBe(500);
});

describe('a series that is written by hand', () => {
  const connected = () => {
    const [channel, peer] = rawPeer();
    const session = connect(channel, { expose: api });
    open.push(session);
    peer.say(hello);
    return { session, peer };
  };

  it('is taken as the calls it stands for', async () => {
    const { peer } = connected();
    peer.say([28, 1, ['add'], [1, 2], [3, 4]], [28, 3, ['fail'], ['x'], ['y']], [1, 5, ['echo'], [5]]);
    expect(await peer.heard(3, 1)).toEqual([3, 1, 3]);
    expect(await peer.heard(3, 2)).toEqual([3, 2, 7]);
    expect((await peer.heard(4, 4))[1]).toBe(4);
    expect(await peer.heard(3, 5)).toEqual([3, 5, 5]);
  });

  it('that comes twice is executed once', async () => {
    const { session, peer } = connected();
    peer.say([28, 1, ['add'], [1, 2], [3, 4]], [28, 2, ['add'], [9, 9], [5, 6]]);
    expect(await peer.heard(3, 3)).toEqual([3, 3, 11]);
    expect(peer.messages.filter(([code]) => code === 3)).toHaveLength(3);
    expect(session.stats.ignoredMessages).toBe(1);
  });

  it('with arguments that are no list has those refused, and no others', async () => {
    const { peer } = connected();
    peer.say([28, 1, ['echo'], 'x', [2], null, [4]]);
    expect(await peer.heard(3, 4)).toEqual([3, 4, 4]);
    expect((await peer.heard(5, 1)).slice(0, 3)).toEqual([5, 1, 'PROTOCOL_ERROR']);
    expect((await peer.heard(5, 3)).slice(0, 3)).toEqual([5, 3, 'PROTOCOL_ERROR']);
  });

  it('of results for calls that nobody made is ignored', async () => {
    const { session, peer } = connected();
    peer.say([29, 7, 1, 2, 3], [30, 9, 1, 2], [1, 1, ['add'], [1, 1]]);
    await peer.heard(3, 1);
    expect(session.stats.ignoredMessages).toBe(3);
  });

  it.each<[string, RawMessage]>([
    ['has no target', [28, 1]],
    ['is of no calls', [28, 1, ['add']]],
    ['is of no results', [29, 1]],
    ['is of no items', [30, 1]],
    ['begins with the id 0', [28, 0, ['add'], [1, 2]]],
    ['is of calls without a reply', [28, -2, ['add'], [1, 2], [1, 2]]],
    ['begins with text', [28, '1', ['add'], [1, 2]]],
    ['begins with a fraction', [29, 1.5, 1]],
    ['goes past the largest id', [28, Number.MAX_SAFE_INTEGER, ['add'], [1, 2], [1, 2]]],
    ['has a code in between', [28.5, 1, ['add'], [1, 2]]],
  ])('and %s ends the session', async (_, message) => {
    const { session, peer } = connected();
    peer.say(message);
    expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
    await peer.closed;
  });

  it('and comes in parts ends the session', async () => {
    const [near, far] = memoryChannels();
    const session = connect(near, { expose: api });
    open.push(session);
    far.open({ received: () => {}, drained: () => {}, closed: () => {} });
    const bytes = new TextEncoder().encode('[[28,1,["add"],[1,2]]]');
    far.send(JSON.stringify([hello, [25, 1, bytes.byteLength]]));
    far.send('[[26,1,0]]', [bytes]);
    expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it('and comes before the hello ends the session', async () => {
    const [channel, peer] = rawPeer();
    const session = connect(channel, { expose: api });
    open.push(session);
    session.ready.catch(() => {});
    peer.say([28, 1, ['add'], [1, 2]]);
    expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });
});
