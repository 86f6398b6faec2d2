import { MessageChannel, type MessagePort } from 'node:worker_threads';

import { afterEach, describe, expect, it } from 'vitest';

import { connect, type Channel, type Session } from 'portcall';

import { narrowChannels, turns, type Narrow, type NarrowOptions } from '../session/parts/narrow.ts';

const CHUNK_BYTES = 64 * 1024;

// One of them and what is around it.
const PART_BYTES = CHUNK_BYTES + 100;

// So many of them, of 64 KiB, may be on their way to a consumer that reads none.
const WINDOW = 16;

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Joined<Api> {
  readonly session: Session<Api>;
  readonly far: Session<unknown>;
}

type End = Channel | MessagePort;

function joined<Api extends object>(here: End, there: End, api: Api): Joined<Api> {
  const far = connect(there, { expose: api });
  const session = connect<Api>(here);
  closing.push(
    () => session.close({ graceMs: 0 }),
    () => far.close({ graceMs: 0 }),
  );
  return { session, far };
}

/** Sessions over a channel that takes what the far side sends only when it is told to. */
function reluctant<Api extends object>(
  api: Api,
  options: NarrowOptions = {},
): Joined<Api> & { readonly there: Narrow } {
  const [here, there] = narrowChannels({ partBytes: PART_BYTES }, { partBytes: PART_BYTES, ...options });
  return { ...joined(here, there, api), there };
}

function overPorts<Api extends object>(api: Api): Joined<Api> {
  const { port1, port2 } = new MessageChannel();
  return joined(port1, port2, api);
}

/** Makes chunks, and counts them. */
class Maker {
  made = 0;
  ended = false;

  async *chunks(count: number, sizeBytes = CHUNK_BYTES): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(sizeBytes);
    try {
      for (let left = count; left > 0; left--) {
        this.made++;
        yield chunk;
      }
    } finally {
      this.ended = true;
    }
  }
}

/** How many of something are made in a turn of the event loop at most, while something runs. */
async function mostPerTurn(made: () => number, run: () => Promise<unknown>): Promise<number> {
  let most = 0;
  let before = made();
  let over = false;
  const look = (): void => {
    most = Math.max(most, made() - before);
    before = made();
    if (!over) setImmediate(look);
  };
  setImmediate(look);
  await run();
  over = true;
  return most;
}

async function countBytes(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) bytes += chunk.byteLength;
  return bytes;
}

describe('large items of a stream', () => {
  it.each([
    ['a channel that cuts', (maker: Maker) => reluctant({ chunks: maker.chunks.bind(maker) })],
    ['ports', (maker: Maker) => overPorts({ chunks: maker.chunks.bind(maker) })],
  ])('are made as they leave over %s, a few in each turn of the event loop', async (_name, join) => {
    const maker = new Maker();
    const { session } = join(maker);
    await session.ready;
    const most = await mostPerTurn(
      () => maker.made,
      async () => expect(await countBytes(session.remote.chunks(200))).toBe(200 * CHUNK_BYTES),
    );
    expect(most).toBeLessThanOrEqual(WINDOW / 2);
  });

  it('are not made while the channel takes nothing', async () => {
    const maker = new Maker();
    const { session, there } = reluctant({ chunks: maker.chunks.bind(maker) }, { reluctant: true });
    there.takeAll();
    const reading = countBytes(session.remote.chunks(100));
    while (maker.made === 0) await turns(1);
    there.pause();
    await turns(20);
    const before = maker.made;
    await turns(20);
    expect(maker.made).toBe(before);
    expect(before).toBeLessThan(WINDOW);
    there.takeAll();
    expect(await reading).toBe(100 * CHUNK_BYTES);
  });

  it('of many streams leave in turns', async () => {
    const makers = Array.from({ length: 10 }, () => new Maker());
    const { session } = reluctant({ chunks: (which: number) => makers[which]!.chunks(60) });
    const apart: number[] = [];
    await Promise.all(
      makers.map(async (_maker, which) => {
        for await (const _chunk of session.remote.chunks(which)) {
          const made = makers.map((one) => one.made);
          if (made.every((count) => count > 0 && count < 60))
            apart.push(Math.max(...made) - Math.min(...made));
        }
      }),
    );
    expect(apart.length).toBeGreaterThan(100);
    expect(Math.max(...apart)).toBeLessThanOrEqual(3);
  });

  it('do not keep small ones waiting, and nor does a large call', async () => {
    const { session, there } = reluctant({
      numbers: async function* (count: number) {
        for (let left = count; left > 0; left--) yield left;
      },
      chunks: (count: number) => new Maker().chunks(count),
      large: () => new Uint8Array(60 * CHUNK_BYTES),
    });
    const chunks = countBytes(session.remote.chunks(100));
    const large = session.remote.large();
    // As soon as parts of it leave.
    while (!there.codes.includes(26)) await turns(1);
    const before = there.codes.length;
    let read = 0;
    for await (const _item of session.remote.numbers(500)) read++;
    expect(read).toBe(500);
    // In what left meanwhile were the numbers, and few large ones.
    expect(there.codes.slice(before).filter((code) => code === 26).length).toBeLessThan(30);
    expect((await large).byteLength).toBe(60 * CHUNK_BYTES);
    expect(await chunks).toBe(100 * CHUNK_BYTES);
  });

  it('larger than what leaves in a turn come whole', async () => {
    const maker = new Maker();
    const { session } = overPorts({ chunks: maker.chunks.bind(maker) });
    const sizes: number[] = [];
    for await (const chunk of session.remote.chunks(3, 5_000_000)) sizes.push(chunk.byteLength);
    expect(sizes).toEqual([5_000_000, 5_000_000, 5_000_000]);
  });
});

describe('a producer that waits for the channel', () => {
  async function held(): Promise<Joined<{ chunks(count: number): AsyncGenerator<Uint8Array> }> & Held> {
    const maker = new Maker();
    const both = reluctant({ chunks: (count: number) => maker.chunks(count) }, { reluctant: true });
    both.there.takeAll();
    const chunks = both.session.remote.chunks(1000);
    const { value } = await (await chunks)[Symbol.asyncIterator]().next();
    expect(value).toHaveProperty('byteLength', CHUNK_BYTES);
    both.there.pause();
    await turns(20);
    return { ...both, maker, chunks: await chunks };
  }

  interface Held {
    readonly there: Narrow;
    readonly maker: Maker;
    readonly chunks: AsyncGenerator<Uint8Array>;
  }

  it('ends when its consumer breaks off', async () => {
    const { maker, chunks, there } = await held();
    const over = chunks.return(undefined);
    while (!maker.ended) await turns(1);
    there.takeAll();
    expect(await over).toEqual({ done: true, value: undefined });
  });

  it('ends with its session', async () => {
    const { maker, far } = await held();
    void far.close({ graceMs: 0 });
    while (!maker.ended) await turns(1);
    expect(maker.made).toBeLessThan(WINDOW);
  });

  it('goes on when the channel does', async () => {
    const { chunks, there } = await held();
    there.takeAll();
    let left = 0;
    for await (const { byteLength } of chunks) left += byteLength;
    expect(left).toBe(999 * CHUNK_BYTES);
  });
});

describe('large writes', () => {
  it('into a stream of the other side are fulfilled as they leave', async () => {
    let taken = 0;
    const sink = (): WritableStream<Uint8Array> =>
      new WritableStream({ write: (chunk) => void (taken += chunk.byteLength) });
    const [here, there] = narrowChannels({ partBytes: PART_BYTES, reluctant: true });
    const { session } = joined(here, there, { sink });
    here.takeAll();
    const writer = (await session.remote.sink()).getWriter();
    await writer.write(new Uint8Array(CHUNK_BYTES));
    here.pause();
    let left = 0;
    const writes = Array.from({ length: 40 }, async () => {
      await writer.write(new Uint8Array(CHUNK_BYTES));
      left++;
    });
    await turns(20);
    expect(left).toBeLessThanOrEqual(3);
    here.takeAll();
    await Promise.all(writes);
    await writer.close();
    expect(taken).toBe(41 * CHUNK_BYTES);
  });
});
