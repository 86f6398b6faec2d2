import { MessageChannel } from 'node:worker_threads';
import { connect, type ConnectOptions, type Session } from 'portcall';
import { superjson } from 'portcall/superjson';
import { memoryChannels } from 'portcall/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { hello, rawPeer } from './raw-peer.ts';

// A side may take less than the other would write: it says so in its hello.

const open: Pick<Session<unknown>, 'close'>[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

const noted: unknown[] = [];
const api = {
  size: (...args: unknown[]) => args.length,
  list: (items: number) => new Array<number>(items).fill(1),
  deep: (levels: number) => nested(levels),
  note: (value: unknown) => void noted.push(value),
  first: async (items: AsyncIterable<unknown>) => {
    for await (const item of items) return item;
    return undefined;
  },
  fail: (levels: number) => {
    throw Object.assign(new Error('on purpose'), { more: nested(levels) });
  },
};

function nested(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

type Limits = ConnectOptions['limits'];

interface Pair {
  readonly session: Session<typeof api>;
  readonly other: Session<unknown>;
}

/** The limits are those of the other side; this one has the defaults, or its own. */
function facing(theirs: Limits, options: ConnectOptions = {}, both: ConnectOptions = {}): Pair {
  const [here, there] = memoryChannels();
  const session = connect<typeof api>(here, { ...both, ...options });
  const other = connect(there, { expose: api, ...both, ...(theirs && { limits: theirs }) });
  open.push(session, other);
  return { session, other };
}

const many = new Array<number>(5000).fill(0);

describe.each<[string, Limits, unknown, RegExp]>([
  ['elements', { elements: 100 }, many, /more than 100 values.+raise limits\.elements at the other side/],
  ['depth', { depth: 10 }, nested(50), /more than 10 levels deep.+raise limits\.depth at the other side/],
])('a value that passes the %s of the other side alone', (limit, theirs, value, words) => {
  it('fails its call, which says whose limit it is, and no other', async () => {
    const { session } = facing(theirs);
    await session.ready;
    const refused = { code: 'NOT_SERIALIZABLE', delivery: 'not-sent', message: expect.stringMatching(words) };
    await expect(session.remote.size(value)).rejects.toMatchObject(refused);
    expect(await session.remote.size(1)).toBe(1);
    expect(session.stats.pendingCalls).toBe(0);
  });

  it('fails its call where that was made before the limit was known, and no other', async () => {
    const { session } = facing(theirs);
    const calls = [session.remote.size(value), session.remote.size(1)];
    await expect(calls[0]).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
      delivery: 'not-sent',
      message: expect.stringContaining(`raise limits.${limit} there`) as string,
    });
    expect(await calls[1]).toBe(1);
    expect(await session.remote.size(2)).toBe(1);
  });

  it('is told of as an error where the call was one-way and made before', async () => {
    noted.length = 0;
    const onError = vi.fn();
    const { session } = facing(theirs, { onError });
    await session.with({ oneway: true }).note(value);
    await session.with({ oneway: true }).note('small');
    expect(await session.remote.size(1)).toBe(1);
    expect(onError.mock.calls).toMatchObject([
      [{ code: 'NOT_SERIALIZABLE', message: expect.stringMatching(/^1 one-way or pipelined call was not/) }],
    ]);
    expect(noted).toEqual(['small']);
  });

  it('ends a stream of it, and nothing else', async () => {
    const { session } = facing(theirs);
    await session.ready;
    const items = async function* (): AsyncGenerator {
      yield value;
    };
    await expect(session.remote.first(items())).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await session.remote.size(1)).toBe(1);
  });

  it('fails the call it is the result of', async () => {
    const { port1, port2 } = new MessageChannel();
    const session = connect<typeof api>(port1, { ...(theirs && { limits: theirs }) });
    open.push(session, connect(port2, { expose: api }));
    const result = limit === 'depth' ? session.remote.deep(50) : session.remote.list(5000);
    await expect(result).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'unknown' });
    await expect(session.remote.fail(5)).rejects.toMatchObject({ message: 'on purpose' });
    expect(await session.remote.size(1)).toBe(1);
  });
});

describe('the smaller limit', () => {
  it('is this side’s own where the other takes more', async () => {
    const { session } = facing({ depth: 100 }, { limits: { depth: 10 } });
    await session.ready;
    await expect(session.remote.size(nested(50))).rejects.toMatchObject({
      message: expect.stringContaining(
        '10 levels deep, which cannot be sent; flatten it or raise limits.depth on both',
      ),
    });
  });

  it('does not hold for what is read', async () => {
    const { port1, port2 } = new MessageChannel();
    const session = connect<typeof api>(port1);
    open.push(session, connect(port2, { expose: api, limits: { depth: 10, elements: 100 } }));
    await session.ready;
    // What the other side writes it allows itself.
    expect(await session.remote.list(100)).toHaveLength(100);
  });

  it('holds for values written by superjson', async () => {
    const { session } = facing({ elements: 100 }, {}, { codec: superjson() });
    await session.ready;
    await expect(session.remote.size(new Set(many.keys()))).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
      message: expect.stringContaining('at the other side'),
    });
    expect(await session.remote.size(new Set([1]))).toBe(1);
  });

  it('is as this side’s own towards one that does not say', async () => {
    const [channel, peer] = rawPeer();
    const session = connect<typeof api>(channel);
    open.push(session);
    peer.say(hello);
    await session.ready;
    void session.remote.size(many).catch(() => {});
    expect((await peer.heard(1))[3]).toEqual([many]);
  });

  it.each([['depth'], ['elements']])('is a number: another %s is no hello', async (name) => {
    const [channel, peer] = rawPeer();
    const session = connect(channel);
    open.push(session);
    peer.say([0, 1, { session: 'raw', messageBytes: 1 << 25, exports: [], [name]: -1 }]);
    expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });
});
