import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Remote } from 'portcall';

import { overChannels, type Opened } from '../calls/over-channels.ts';
import * as flows from '../fixtures/streams/flows.js';

type Flows = typeof flows;

export const channels = overChannels<Flows>(new URL('../fixtures/streams/flows.js', import.meta.url), flows);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe.each(channels)('streams over %s', (_, open) => {
  let opened: Opened<Flows>;
  let remote: Remote<Flows>;
  const background: unknown[] = [];
  beforeAll(async () => {
    opened = open({ onError: (error) => background.push(error) });
    ({ remote } = opened);
    await remote.nothing();
  });
  beforeEach(async () => {
    await remote.takeEnded();
    await remote.takeProduced();
  });
  afterAll(async () => {
    expect(opened.stats.openStreams).toBe(0);
    expect(background).toEqual([]);
    await opened.close({ graceMs: 0 });
  });

  it('are iterated at once, or awaited first', async () => {
    expect(await collect(remote.numbers(1000))).toEqual(upTo(1000));
    expect(await collect(await remote.numbers(1000))).toEqual(upTo(1000));
    expect(await collect(remote.numbers(0))).toEqual([]);
    expect(await remote.takeEnded()).toHaveLength(3);
  });

  it('are results of every kind', async () => {
    expect(await collect(remote.synchronous(300))).toEqual(upTo(300));
    expect(await collect(remote.iterable(300))).toEqual(upTo(300));
    const readable = await remote.readable(300);
    expect(readable).toBeInstanceOf(ReadableStream);
    expect(await collect(readable as unknown as AsyncIterable<number>)).toEqual(upTo(300));
    const bytes: unknown = await remote.nodeBytes(['ab', 'cd']);
    expect(bytes).toBeInstanceOf(Readable);
    expect(await text(bytes as Readable)).toBe('abcd');
    const objects: unknown = await remote.nodeObjects([1, { two: 2 }]);
    expect(objects).toBeInstanceOf(Readable);
    expect(await collect(objects as Readable)).toEqual([1, { two: 2 }]);
  });

  it('are results to write to', async () => {
    const sink = (await remote.writable('web')) as WritableStream<unknown>;
    const writer = sink.getWriter();
    for (const item of upTo(600)) await writer.write(item);
    await writer.close();
    expect(await remote.takeWritten('web')).toEqual([...upTo(600), 'closed']);
    const node = await remote.nodeWritable('node');
    expect(node).toBeInstanceOf(Writable);
    await pipeline(Readable.from(['a', 'b'], { objectMode: false }), node);
    expect(await remote.takeWritten('node')).toEqual(['a', 'b', 'finished']);
  });

  it('are results in both directions', async () => {
    const upper = await remote.upperCase();
    upper.end('shout');
    expect(await text(upper)).toBe('SHOUT');
    const mirror = await remote.mirror();
    mirror.write({ a: 1 });
    mirror.end(2);
    expect(await collect(mirror)).toEqual([{ a: 1 }, 2]);
  });

  it('are arguments of every kind', async () => {
    async function* generator() {
      yield* upTo(300);
    }
    const collecting = remote.collect as (items: object) => Promise<unknown[]>;
    const kind = remote.kindOf as (stream: object) => Promise<string>;
    expect(await collecting(generator())).toEqual(upTo(300));
    expect(await collecting(upTo(300).values())).toEqual(upTo(300));
    expect(await collecting(Readable.from([1, 2]))).toEqual([1, 2]);
    const web = new ReadableStream({
      start(controller) {
        controller.enqueue(1);
        controller.close();
      },
    });
    expect(await collecting(web)).toEqual([1]);
    expect(
      await (remote.collectText as (stream: object) => Promise<string>)(
        Readable.from(['x', 'y'], { objectMode: false }),
      ),
    ).toBe('xy');
    expect(await kind(Readable.from([]))).toBe('Readable');
    expect(await kind(new ReadableStream())).toBe('ReadableStream');
    expect(await kind(generator())).toBe('AsyncGenerator');
    const passing = new PassThrough();
    expect(await kind(passing)).toBe('Duplex');
    passing.destroy();
  });

  it('are arguments to write to', async () => {
    const got: unknown[] = [];
    await remote.fillWeb(new WritableStream({ write: (item) => void got.push(item) }), upTo(300));
    expect(got).toEqual(upTo(300));
    const chunks: string[] = [];
    const node = new Writable({
      write(chunk: Buffer, _unused, done) {
        chunks.push(chunk.toString());
        setImmediate(done);
      },
    });
    await (remote.fillNode as (sink: object, chunks: string[]) => Promise<void>)(node, ['a', 'b']);
    expect(chunks).toEqual(['a', 'b']);
  });

  it('carry items of any kind, functions, instances and streams too', async () => {
    const items: unknown[] = await collect(remote.everything() as AsyncIterable<unknown>);
    expect(items.slice(0, 5)).toEqual([
      undefined,
      null,
      -0,
      { date: new Date(5), map: new Map([[1, new Set([2n])]]) },
      new Uint8Array([1, 2, 3]),
    ]);
    const [add, row, inner] = items.slice(5) as [
      (x: number) => Promise<number>,
      { twice(): Promise<number> },
      AsyncIterable<number>,
    ];
    expect(await add(1)).toBe(2);
    expect(await row.twice()).toBe(42);
    expect(await collect(inner)).toEqual([0, 1]);
  });

  it('are stopped by a slow reader, counted in items', async () => {
    const items = remote.numbers(1_000_000)[Symbol.asyncIterator]();
    await items.next();
    // Whatever may be sent without being read is on its way by now, and the replies are behind it.
    for (let time = 0; time < 5; time++) await remote.nothing();
    const count = await remote.takeProduced();
    expect(count).toBeGreaterThan(100);
    expect(count).toBeLessThanOrEqual(256 + 1);
    await items.return?.();
    expect(await remote.whenEnded()).toBe('numbers');
  });

  it('are stopped by a slow reader, counted in bytes', async () => {
    const items = remote.numbers(1_000, 100_000)[Symbol.asyncIterator]();
    await items.next();
    for (let time = 0; time < 5; time++) await remote.nothing();
    expect(await remote.takeProduced()).toBeLessThanOrEqual(12);
    await items.return?.();
    expect(await remote.whenEnded()).toBe('numbers');
  });

  it('are stopped where this side produces for a slow reader', async () => {
    let made = 0;
    const fast = (async function* () {
      for (;;) yield made++;
    })();
    expect(await remote.takeSome(fast, 3)).toEqual([0, 1, 2]);
    await remote.nothing();
    expect(made).toBeLessThanOrEqual(256 + 2);
  });

  it('that are stalled hold up neither others nor calls', async () => {
    const stalled = remote.numbers(1_000_000)[Symbol.asyncIterator]();
    await stalled.next();
    expect(await collect(remote.numbers(5_000))).toHaveLength(5_000);
    expect(await remote.takeProduced()).toBeGreaterThan(5_000);
    await stalled.return?.();
  });

  it('run the finally of their generator on break, return, throw, abort and a cancelled reader', async () => {
    for await (const n of remote.numbers(1e9)) if (n === 500) break;
    expect(await remote.whenEnded()).toBe('numbers');
    for await (const n of remote.synchronous(1e9)) if (n === 500) break;
    expect(await remote.whenEnded()).toBe('synchronous');

    const returned = await remote.numbers(1e9);
    await returned.next();
    expect(await returned.return('done')).toEqual({ done: true, value: 'done' });
    expect(await returned.next()).toEqual({ done: true, value: undefined });
    expect(await remote.takeEnded()).toEqual(['numbers']);

    const thrown = await remote.numbers(1e9);
    await thrown.next();
    await expect(thrown.throw(new RangeError('mine'))).rejects.toMatchObject({
      name: 'RangeError',
      message: 'mine',
    });
    expect(await remote.takeEnded()).toEqual(['numbers']);

    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = (async () => {
      for await (const n of opened.with({ signal: controller.signal }).numbers(1e9))
        if (n === 500) controller.abort(reason);
    })();
    await expect(aborted).rejects.toBe(reason);
    expect(await remote.whenEnded()).toBe('numbers');

    const reader = ((await remote.readable(1e9)) as ReadableStream<number>).getReader();
    await reader.read();
    await reader.cancel('no more');
    expect(await remote.whenEnded()).toBe('no more');
    expect(opened.stats.openStreams).toBe(0);
  });

  it('run the finally of this side when the other breaks off or throws', async () => {
    const log: unknown[] = [];
    async function* own() {
      try {
        for (let n = 0; ; n++) yield n;
      } catch (error) {
        log.push(error);
        throw error;
      } finally {
        log.push('finally');
      }
    }
    expect(await remote.takeSome(own(), 2)).toEqual([0, 1]);
    await expect(remote.throwInto(own())).rejects.toThrow('thrown in');
    expect(log).toEqual(['finally', expect.any(RangeError), 'finally']);
  });

  it('end at a generator that catches what an abort throws into it', async () => {
    const controller = new AbortController();
    const aborted = (async () => {
      for await (const n of opened.with({ signal: controller.signal }).stubborn())
        if (n === 500) controller.abort('enough');
    })();
    await expect(aborted).rejects.toBe('enough');
    expect(await remote.whenEnded()).toBe('stubborn');
  });

  it('tell of the failure of their producer behind the items before it', async () => {
    const got: number[] = [];
    const reading = (async () => {
      for await (const n of remote.failing(700)) got.push(n);
    })();
    await expect(reading).rejects.toMatchObject({ name: 'RangeError', message: 'failed', code: 'E_STREAM' });
    expect(got).toEqual(upTo(700));
    const items = await remote.failing(0);
    await expect(items.next()).rejects.toThrow('failed');
    expect(await items.next()).toEqual({ done: true, value: undefined });
    async function* own() {
      yield 1;
      throw new TypeError('from here');
    }
    await expect(remote.collect(own())).rejects.toMatchObject({ name: 'TypeError', message: 'from here' });
  });

  it('pass values in with next, in step', async () => {
    const talk = await remote.dialogue();
    expect(await talk.next()).toEqual({ done: false, value: 'hello' });
    expect(await talk.next('one')).toEqual({ done: false, value: 'one' });
    const [two, three] = await Promise.all([talk.next('two'), talk.next({ three: 3 })]);
    expect([two.value, three.value]).toEqual(['two', { three: 3 }]);
    await talk.return();
    expect(await remote.takeEnded()).toEqual(['dialogue']);
    const stubborn = await remote.stubborn();
    await stubborn.next();
    expect(await stubborn.throw(new Error('it'))).toEqual({ done: false, value: 'caught it' });
    expect(await stubborn.next()).toEqual({ done: false, value: 1 });
    await stubborn.return();
    const ahead = remote.dialogue()[Symbol.asyncIterator]();
    await ahead.next();
    await ahead.return?.();
    const stopped = remote.stubborn()[Symbol.asyncIterator]() as AsyncGenerator;
    await stopped.next();
    expect((await stopped.throw(new Error('over'))).done).toBe(true);
  });

  it('give what their generator returned', async () => {
    const items = await remote.numbers(1);
    await items.next();
    expect(await items.next()).toEqual({ done: true, value: 'all' });
    expect(await items.next()).toEqual({ done: true, value: undefined });
  });

  it('have live signals while they last', async () => {
    const controller = new AbortController();
    const items = remote.untilAborted(controller.signal)[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ done: false, value: 'begun' });
    const next = items.next();
    controller.abort('now');
    expect(await next).toEqual({ done: false, value: 'now' });
    expect((await items.next()).done).toBe(true);
    expect(await remote.whenEnded()).toBe('untilAborted');
  });

  it('fail for the writer where the sink fails', async () => {
    const writer = ((await remote.picky()) as WritableStream<unknown>).getWriter();
    await writer.write('good');
    const outcome = (async () => {
      await writer.write('bad');
      await writer.close();
    })();
    await expect(outcome).rejects.toMatchObject({ name: 'RangeError', message: 'not this one' });
    await expect(writer.closed).rejects.toThrow('not this one');
    const own = new WritableStream({
      write: () => Promise.reject(new RangeError('not here')),
    });
    const items = upTo(1000);
    await expect(remote.fillWeb(own, items)).rejects.toThrow('not here');
  });

  it('tell the sink that the writer has given up', async () => {
    const sink = (await remote.writable('aborted')) as WritableStream<unknown>;
    const writer = sink.getWriter();
    await writer.write(1);
    await writer.abort('gave up');
    await expect.poll(() => remote.takeWritten('aborted')).toEqual([1, 'aborted', 'gave up']);
    const node = await remote.nodeWritable('destroyed');
    const closed = new Promise((resolve) => node.once('close', resolve));
    node.destroy();
    await closed;
  });

  it('that cannot be read are told so, that call alone', async () => {
    const locked = new ReadableStream();
    locked.getReader();
    await expect(remote.collect(locked as never)).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
      message: expect.stringContaining('locked') as unknown,
    });
    async function* wrong() {
      yield 1;
      yield Symbol('x');
    }
    await expect(remote.collect(wrong())).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    await expect(collect(remote.nothing() as never as AsyncIterable<unknown>)).rejects.toThrow(
      'returned nothing that can be iterated',
    );
  });
});
