import { MessageChannel, type MessagePort } from 'node:worker_threads';

import { afterEach, describe, expect, it } from 'vitest';

import { byReference, connect, release, type ConnectOptions, type Session } from 'portcall';

import { narrowChannels, turns, type Narrow, type NarrowOptions } from './narrow.ts';

const sessions: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
});

interface Joined<Api> {
  readonly session: Session<Api>;
  readonly far: Session<unknown>;
  readonly here: Narrow;
  readonly there: Narrow;
}

function joined<Api extends object>(
  api: Api,
  narrow: NarrowOptions = {},
  options: ConnectOptions = {},
): Joined<Api> {
  const [here, there] = narrowChannels(narrow, {});
  const far = connect(there, { ...options, expose: api });
  const session = connect<Api>(here, options);
  sessions.push(far, session);
  return { session, far, here, there };
}

const large = (bytes = 20_000): Uint8Array => new Uint8Array(bytes).fill(7);

const part = 26;

describe('a large message', () => {
  it('leaves in parts, and small calls that were made later are answered between them', async () => {
    const events: string[] = [];
    const { session, here } = joined({
      take: (bytes: Uint8Array) => bytes.byteLength,
      add: (a: number, b: number) => a + b,
    });
    await session.ready;
    const taken = session.remote.take(large()).then((size) => events.push(`taken ${size}`));
    await turns(3);
    for (let made = 0; made < 3; made++) events.push(`added ${await session.remote.add(made, 1)}`);
    await taken;
    expect(events).toEqual(['added 1', 'added 2', 'added 3', 'taken 20000']);
    expect(here.codes.filter((code) => code === part).length).toBeGreaterThan(10);
    expect(here.largest).toBeLessThan(1200);
  });

  it('of the other direction does the same', async () => {
    const events: string[] = [];
    const { session, there } = joined({ give: () => large(), add: (a: number, b: number) => a + b });
    const given = session.remote.give().then(({ byteLength }) => events.push(`given ${byteLength}`));
    await turns(3);
    for (let made = 0; made < 3; made++) events.push(`added ${await session.remote.add(made, 1)}`);
    await given;
    expect(events).toEqual(['added 1', 'added 2', 'added 3', 'given 20000']);
    expect(there.codes.filter((code) => code === part).length).toBeGreaterThan(10);
  });

  it('and others leave one after the other, and their calls begin in their order', async () => {
    const begun: string[] = [];
    const { session, here } = joined({ note: (name: string, _bytes: Uint8Array) => void begun.push(name) });
    await session.ready;
    await Promise.all(['a', 'b', 'c'].map((name) => session.remote.note(name, large(5000))));
    expect(begun).toEqual(['a', 'b', 'c']);
    const numbers = here.sent.filter(([code]) => code === part).map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(3);
  });

  it('waits until the channel takes more, and what is small goes ahead of its next part', async () => {
    const { session, here } = joined(
      { take: (bytes: Uint8Array) => bytes.byteLength, add: (a: number, b: number) => a + b },
      { reluctant: true },
    );
    await session.ready;
    here.take();
    const taken = session.remote.take(large(3000));
    await turns(5);
    const before = here.codes.length;
    const added = [session.remote.add(1, 1), session.remote.add(2, 2)];
    await turns(5);
    expect(here.codes).toHaveLength(before);
    expect(session.stats.queuedBytes).toBeGreaterThan(1500);
    here.take();
    expect(here.codes.slice(before)).toEqual([1, 1]);
    here.take();
    expect(here.codes.at(-1)).toBe(part);
    here.takeAll();
    expect(await Promise.all([taken, ...added])).toEqual([3000, 2, 4]);
    expect(session.stats.queuedBytes).toBe(0);
  });

  it('is not kept waiting for ever by small ones', async () => {
    const { session, here } = joined(
      { take: (bytes: Uint8Array) => bytes.byteLength, note: (_text: string) => {} },
      { reluctant: true },
    );
    await session.ready;
    here.take();
    const taken = session.remote.take(large(3000));
    const state = { over: false };
    void taken.then(() => (state.over = true));
    const notes: Promise<unknown>[] = [];
    for (let made = 0; made < 200 && !state.over; made++) {
      // There is always one more that waits.
      notes.push(session.remote.note('x'.repeat(900)), session.remote.note('y'.repeat(900)));
      await turns(2);
      here.take();
    }
    expect(state.over).toBe(true);
    here.takeAll();
    await Promise.all(notes);
  });

  it('does not begin before what was made before it has left, however much that is', async () => {
    const { session, here } = joined(
      { take: (bytes: Uint8Array) => bytes.byteLength, note: (_text: string) => {} },
      { reluctant: true },
    );
    await session.ready;
    const notes = Array.from({ length: 40 }, () => session.remote.note('x'.repeat(900)));
    const taken = session.remote.take(large());
    while (here.codes.filter((code) => code === 1).length < 40) {
      expect(here.codes).not.toContain(part);
      here.take();
    }
    here.takeAll();
    await Promise.all([taken, ...notes]);
  });

  it('before the other side has said hello does not go ahead of what was made before it, nor of its name', async () => {
    const begun: unknown[] = [];
    const { session } = joined({ note: (name: string, _bytes?: Uint8Array) => void begun.push(name) });
    const calls = [
      session.remote.note('a'),
      session.remote.note('b', large(70_000)),
      session.remote.note('c'),
      session.remote.note('d', large(70_000)),
    ];
    await Promise.all(calls);
    expect(begun).toEqual(['a', 'c', 'b', 'd']);
  });

  it('leaves whole and in order where the other side does not put parts together', async () => {
    const begun: string[] = [];
    const [here, there] = narrowChannels();
    const old = {
      open: (receiver: Parameters<typeof there.open>[0]) => there.open(receiver),
      send: (text: string, attachments: readonly Uint8Array[]) =>
        there.send(text.replace(',"parts":true', ''), attachments),
      close: () => there.close(),
      destroy: (reason?: Error) => there.destroy(reason),
    };
    const api = { note: (name: string, _bytes?: Uint8Array) => void begun.push(name) };
    sessions.push(connect(old, { expose: api }));
    const session = connect<typeof api>(here);
    sessions.push(session);
    const early = [
      session.remote.note('a'),
      session.remote.note('b', large(70_000)),
      session.remote.note('c'),
    ];
    await Promise.all(early);
    await Promise.all([session.remote.note('d', large()), session.remote.note('e')]);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(here.codes).not.toContain(part);
  });
});

describe('what is said about something that a large message makes known', () => {
  it('leaves behind it: an abort of a signal among the arguments', async () => {
    const { session } = joined({
      reason: (_bytes: Uint8Array, signal: AbortSignal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(String(signal.reason)))),
    });
    await session.ready;
    const controller = new AbortController();
    const reason = session.remote.reason(large(), controller.signal);
    await turns(2);
    controller.abort('enough');
    expect(await reason).toBe('enough');
  });

  it('leaves behind it: the window of a stream that the call returns', async () => {
    const { session } = joined({
      // oxlint-disable-next-line require-yield
      async *each(bytes: Uint8Array): AsyncGenerator<number> {
        for (let n = 0; n < 3; n++) yield bytes.byteLength + n;
      },
    });
    await session.ready;
    const items: number[] = [];
    for await (const item of session.remote.each(large())) items.push(item);
    expect(items).toEqual([20_000, 20_001, 20_002]);
    expect(session.stats.ignoredMessages).toBe(0);
  });

  it('leaves behind it: the items of a stream that comes with it', async () => {
    async function* numbers(): AsyncGenerator<number> {
      for (let n = 0; n < 5; n++) yield n;
    }
    const { session } = joined({ both: () => ({ bytes: large(), numbers: numbers() }) });
    await session.ready;
    const { bytes, numbers: items } = await session.remote.both();
    const read: number[] = [];
    for await (const item of items) read.push(item);
    expect([bytes.byteLength, read]).toEqual([20_000, [0, 1, 2, 3, 4]]);
  });

  it('leaves behind it: how a sink that comes with it has failed', async () => {
    const { session } = joined({
      async write(_bytes: Uint8Array, sink: WritableStream<number>) {
        const writer = sink.getWriter();
        await writer.closed.catch((error: unknown) => error);
        return String(await writer.closed.catch((error: unknown) => error));
      },
    });
    await session.ready;
    const sink = new WritableStream<number>({
      start: (controller) => controller.error(new Error('broken from the start')),
    });
    expect(await session.remote.write(large(), sink)).toContain('broken from the start');
  });

  it('leaves behind it: the end of a port that comes with it', async () => {
    const { session } = joined({
      closes: (_bytes: Uint8Array, port: MessagePort) =>
        new Promise<string>((resolve) => {
          const heard: unknown[] = [];
          port.on('message', (value) => heard.push(value));
          port.on('close', () => resolve(`closed after ${heard.join()}`));
        }),
    });
    await session.ready;
    const { port1, port2 } = new MessageChannel();
    const closed = session.remote.closes(large(), port2);
    await turns(1);
    port1.postMessage('one');
    await turns(1);
    port1.close();
    expect(await closed).toBe('closed after one');
  });

  it('leaves behind it: the release of what it sends home', async () => {
    const tool = byReference({ name: () => 'hammer' });
    const { session } = joined({
      tool: () => tool,
      nameOf: (_bytes: Uint8Array, given: typeof tool) => given.name(),
    });
    const given = await session.remote.tool();
    const name = session.remote.nameOf(large(), given);
    release(given);
    expect(await name).toBe('hammer');
  });

  it('leaves behind it: a call on the result of one that is kept', async () => {
    const { session, here } = joined({
      open: (bytes: Uint8Array) => byReference({ size: () => bytes.byteLength }),
      twice: (size: number) => size * 2,
    });
    await session.ready;
    const { pipeline } = session;
    const size = pipeline.open(large()).size();
    expect(await pipeline.twice(size as never)).toBe(40_000);
    expect(here.codes).toContain(part);
    const added = pipeline.open(large());
    expect(await session.remote.twice(await added.size())).toBe(40_000);
  });

  it('leaves behind it: the goodbye, and what asks whether calls without a reply are over', async () => {
    const notes: number[] = [];
    const { session, here } = joined({ note: (bytes: Uint8Array) => void notes.push(bytes.byteLength) });
    await session.ready;
    await session.with({ oneway: true }).note(large(9000));
    const noted = session.remote.note(large());
    await session.close();
    await noted;
    expect(notes).toEqual([9000, 20_000]);
    expect(here.codes.indexOf(11)).toBeGreaterThan(here.codes.lastIndexOf(part));
  });
});

describe('the messages of a stream', () => {
  it('keep their order, large and small, up to the end', async () => {
    async function* mixed(): AsyncGenerator<string | number> {
      for (let n = 0; n < 40; n++) yield n % 3 === 0 ? `${n}:`.padEnd(5000, '.') : n;
      return 40;
    }
    const { session, there } = joined({ mixed });
    const read: number[] = [];
    const items = (await session.remote.mixed()) as AsyncGenerator<string | number, number>;
    for await (const item of items) read.push(Number.parseInt(String(item), 10));
    expect(read).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect(there.codes).toContain(part);
  });

  it('keep their order where it is written to, and where it fails', async () => {
    const { session } = joined({
      async sum(source: AsyncIterable<Uint8Array>): Promise<string> {
        let bytes = 0;
        try {
          for await (const chunk of source) bytes += chunk.byteLength;
        } catch (error) {
          return `${(error as Error).message} after ${bytes}`;
        }
        return 'it ended';
      },
    });
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield large(30_000);
      yield large(10);
      yield large(30_000);
      throw new Error('failed');
    }
    expect(await session.remote.sum(failing())).toBe('failed after 60010');
  });

  it('carry what next(value) is called with in its order', async () => {
    async function* echo(): AsyncGenerator<number, void, string | undefined> {
      let given: string | undefined;
      for (;;) given = yield given === undefined ? -1 : given.length;
    }
    const { session } = joined({ echo });
    const items = await session.remote.echo();
    await items.next();
    const asked = [items.next('x'.repeat(8000)), items.next(), items.next('y'.repeat(7000)), items.next('z')];
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual([8000, -1, 7000, 1]);
    await items.return();
  });

  it('through a tunnelled port keep their order', async () => {
    const { session } = joined({
      collect: (port: MessagePort, count: number) =>
        new Promise<string>((resolve) => {
          const sizes: number[] = [];
          port.on('message', (value: string) => {
            sizes.push(value.length);
            if (sizes.length === count) resolve(sizes.join());
          });
        }),
    });
    const { port1, port2 } = new MessageChannel();
    const collected = session.remote.collect(port2, 4);
    for (const size of [7000, 1, 6000, 2]) port1.postMessage('x'.repeat(size));
    expect(await collected).toBe('7000,1,6000,2');
    port1.close();
  });
});
