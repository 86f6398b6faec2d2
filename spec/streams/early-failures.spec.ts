import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';

import { connect, type Session } from 'portcall';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const missing = '/nowhere/at/all';
let goOn: () => void = () => {};
let closed: Promise<void> | undefined;

const api = {
  open(path: string): Readable {
    const source = createReadStream(path);
    closed = new Promise((resolve) => source.once('close', resolve));
    return source;
  },
  async count(source: Readable): Promise<number> {
    let count = 0;
    for await (const chunk of source) count += (chunk as Uint8Array).length;
    return count;
  },
  async write(sink: WritableStream<unknown>): Promise<void> {
    const writer = sink.getWriter();
    await writer.write(1);
    await writer.close();
  },
  async *late(): AsyncGenerator<string, void, void> {
    await new Promise<void>((resolve) => (goOn = resolve));
    yield 'first';
  },
};

async function joined(): Promise<Session<typeof api>> {
  const { port1, port2 } = new MessageChannel();
  connect(port2, { expose: api });
  const session = connect<typeof api>(port1);
  await session.ready;
  return session;
}

// Vitest fails a run in which there was an uncaught exception.
test('a stream of Node’s that fails before anybody reads it fails for whoever reads', async () => {
  const session = await joined();
  const opened = await session.remote.open(missing);
  await closed;
  await expect(opened.toArray()).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(session.remote.count(createReadStream(missing))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(session.stats.openStreams).toBe(0);
  await session.close();
});

test('a sink that is locked right after it was passed on fails for whoever writes', async () => {
  const session = await joined();
  const sink = new WritableStream();
  const written = session.remote.write(sink);
  sink.getWriter();
  await expect(written).rejects.toBeInstanceOf(TypeError);
  expect(session.stats.openStreams).toBe(0);
  await session.close();
});

test('a generator that only its next() still leads to is not collected', async () => {
  const session = await joined();
  const first = (async () => (await session.remote.late()).next())();
  for (let turns = 0; turns < 10; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  goOn();
  expect(await first).toEqual({ done: false, value: 'first' });
  await session.close();
});
