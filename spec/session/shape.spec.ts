import { afterEach, describe, expect, it } from 'vitest';

import { connect, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import { messageBounds } from '../../lib/protocol/text-size.ts';
import { readBatch } from '../../lib/protocol/read-batch.ts';
import { hello, rawPeer, type RawPeer } from './raw-peer.ts';

const open: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
});

const api = { size: (...args: unknown[]) => args.length, make: (items: number) => new Array(items).fill(1) };

function pair(limits: ConnectOptions['limits']): Session<typeof api> {
  const [here, there] = memoryChannels();
  const session = connect<typeof api>(here, { ...(limits && { limits }) });
  open.push(session, connect(there, { expose: api, ...(limits && { limits }) }));
  return session;
}

function facing(limits: ConnectOptions['limits']): { session: Session<unknown>; peer: RawPeer } {
  const [channel, peer] = rawPeer();
  const session = connect(channel, { expose: api, ...(limits && { limits }) });
  open.push(session);
  peer.say(hello);
  return { session, peer };
}

describe('a value of more elements than are taken', () => {
  it('fails its own call, as an argument and as a result, and says what to do', async () => {
    const session = pair({ elements: 100 });
    await expect(session.remote.size(new Array(100).fill(0))).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
      delivery: 'not-sent',
      message: expect.stringMatching(/arguments is more than 100 values.*limits\.elements/) as string,
    });
    await expect(session.remote.make(101)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await session.remote.size(new Array(98).fill(0))).toBe(1);
    expect(await session.remote.make(100)).toHaveLength(100);
  });

  it('is told whatever holds them, and text is none', async () => {
    const session = pair({ elements: 50 });
    const many = Array.from({ length: 40 }, (_, index) => index);
    const holders = [
      new Map(many.map((n) => [n, n])),
      new Set([...many, ...many.map(String)]),
      Object.fromEntries(many.map((n) => [`key ${n}`, [n]])),
      Object.assign([], { 7: many, 90: many }),
    ];
    for (const holder of holders)
      await expect(session.remote.size(holder)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(await session.remote.size('[{,"\\'.repeat(500), new Uint8Array(5000))).toBe(2);
  });

  it('costs a peer that sends it its channel, and is not parsed', async () => {
    const { session, peer } = facing({ elements: 1000 });
    // Not even JSON: nobody has tried to parse it.
    peer.sayText(`[[1,1,["size"],[${'0,'.repeat(2500)}`);
    expect(await session.closed).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('holds too many values (limits.elements)') as string,
    });
  });

  it('is counted for each message of a batch by itself', async () => {
    const { peer } = facing({ elements: 1000 });
    const list = new Array<number>(900).fill(0);
    peer.say(...[1, 2, 3, 4].map((id) => [1, id, ['size'], list] as const));
    expect(await peer.heard(3, 4)).toEqual([3, 4, 900]);
  });
});

describe('a message that is nested too deeply', () => {
  it.each([
    ['arrays', '['],
    ['objects', '{"a":'],
  ])('of %s costs the peer its channel, and is not parsed', async (_, level) => {
    const { session, peer } = facing(undefined);
    peer.sayText(`[[1,1,["size"],[${level.repeat(100_000)}`);
    expect(await session.closed).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('nested too deeply (limits.depth)') as string,
    });
  });

  it('is not what only looks like it', async () => {
    const { peer } = facing(undefined);
    peer.say([1, 1, ['size'], ['['.repeat(50_000), '\\"[{'.repeat(50_000), { '[{': '\\' }]]);
    expect(await peer.heard(3, 1)).toEqual([3, 1, 3]);
  });

  it('is told although there are strings that end in a backslash before it', () => {
    const bounds = messageBounds({ depth: 10, elements: 1000 });
    const deep = `[[1,1,["a"],["\\\\","\\"","\\\\\\"",${'['.repeat(50)}${']'.repeat(50)}]]]`;
    expect(JSON.parse(deep)).toBeInstanceOf(Array);
    expect(() => readBatch(deep, bounds)).toThrow(/limits\.depth/);
  });
});
