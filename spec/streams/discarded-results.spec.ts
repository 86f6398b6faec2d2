import { createReadStream, createWriteStream, type ReadStream, type WriteStream } from 'node:fs';
import { devNull } from 'node:os';
import type { Stream } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';

import { connect, release, type Session } from 'portcall';

const file = fileURLToPath(import.meta.url);

interface Result {
  list: (ReadStream | WriteStream)[];
  map: Map<string, AsyncGenerator<number>>;
  more?: unknown;
}

function api() {
  const closed: Promise<unknown>[] = [];
  let answer: () => void = () => {};
  const asked = new Promise<void>((resolve) => (answer = resolve));
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const gone = <T extends ReadStream | WriteStream>(stream: T): T => {
    closed.push(new Promise((resolve) => (stream as Stream).once('close', resolve)));
    return stream;
  };
  const open = (): Result => {
    const items = {
      [Symbol.asyncIterator]: () => items,
      next: async () => ({ done: false, value: 1 }),
    } as unknown as AsyncGenerator<number>;
    closed.push(
      new Promise<void>((resolve) => (items.return = async () => (resolve(), { done: true, value: 0 }))),
    );
    const list = [createReadStream(file), createReadStream('/nowhere/at/all'), createWriteStream(devNull)];
    return { list: list.map((stream) => gone(stream)), map: new Map([['items', items]]) };
  };
  return {
    begun,
    closed,
    answer: () => answer(),
    exposed: {
      here: () => true,
      open,
      top: () => gone(createReadStream(file)),
      late: async () => {
        begin();
        await asked;
        return open();
      },
      large: () => ({ ...open(), more: 'x'.repeat(5000) }),
      odd: () => ({ ...open(), more: Symbol('odd') }),
    },
  };
}

type Api = ReturnType<typeof api>;

async function joined(): Promise<Api & { session: Session<Api['exposed']> }> {
  const { port1, port2 } = new MessageChannel();
  const served = api();
  connect(port2, { expose: served.exposed });
  const session = connect<Api['exposed']>(port1, { limits: { messageBytes: 4000 } });
  await session.ready;
  return { ...served, session };
}

async function allClosed(
  { closed, session }: Awaited<ReturnType<typeof joined>>,
  count: number,
): Promise<void> {
  expect(closed).toHaveLength(count);
  await Promise.all(closed);
  expect(session.stats.openStreams).toBe(0);
  await session.close();
}

test('streams in the result of a call that was cancelled are closed', async () => {
  const pair = await joined();
  const controller = new AbortController();
  const call = pair.session.with({ signal: controller.signal }).late();
  await pair.begun;
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  // The abort is there before what follows it.
  await pair.session.remote.here();
  pair.answer();
  await new Promise((resolve) => setImmediate(resolve));
  await allClosed(pair, 4);
});

test('a stream that a one-way call returns is closed, and nothing else of what it returns', async () => {
  const { port1, port2 } = new MessageChannel();
  let ended = false;
  const kept = new MessageChannel();
  const api = {
    async *items(): AsyncGenerator<number> {
      yield 1;
    },
    read: () => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: async () => {
          ended = true;
          return { done: true, value: undefined };
        },
      }),
    }),
    keep: () => kept.port1,
    here: () => true,
  };
  const [server, session] = [connect(port1, { expose: api }), connect<typeof api>(port2)];
  const oneway = session.with({ oneway: true });
  await Promise.all([oneway.items(), oneway.read(), oneway.keep(), session.remote.here()]);
  expect(ended).toBe(true);
  const heard = new Promise((resolve) => kept.port2.once('message', resolve));
  kept.port1.postMessage('still open');
  expect(await heard).toBe('still open');
  kept.port1.close();
  await Promise.all([session.close(), server.close()]);
});

test.each([
  ['large', 'TOO_LARGE'],
  ['odd', 'NOT_SERIALIZABLE'],
] as const)('streams in a result that cannot be sent are closed: %s', async (name, code) => {
  const pair = await joined();
  await expect(pair.session.remote[name]()).rejects.toMatchObject({ code });
  await allClosed(pair, 4);
});

test('a stream that is the result of a call, kept and let go of unread, is closed', async () => {
  const pair = await joined();
  const kept = pair.session.pipeline.top();
  await pair.session.remote.here();
  release(kept);
  await pair.session.remote.here();
  await allClosed(pair, 1);
});
