import { PassThrough } from 'node:stream';

import { describe, expect, onTestFinished, test } from 'vitest';

import { fork, worker, type Child } from 'portcall';

import { ByteChannel } from '../../lib/transports/byte-channel.ts';
import { nodeStream } from '../../lib/transports/node-stream.ts';
import { socketPair } from './socket-pair.ts';

const BYTES = 100_000;
const OFTEN = 20;

/** Sends memory, and tells what has become of it once all has arrived. */
async function sentOver(near: ByteChannel, far: ByteChannel): Promise<number[]> {
  onTestFinished(() => [near, far].forEach((channel) => channel.destroy()));
  const buffers: ArrayBuffer[] = [];
  await new Promise<void>((resolve) => {
    let arrived = 0;
    far.open({
      received: (_text, attachments) => {
        expect((attachments as Uint8Array[]).every((bytes) => bytes.every((byte) => byte === 7))).toBe(true);
        if (++arrived === OFTEN) far.send('all is there');
      },
      drained: () => {},
      closed: () => {},
    });
    near.open({ received: () => resolve(), drained: () => {}, closed: () => {} });
    for (let sent = 0; sent < OFTEN; sent++) {
      const bytes = new Uint8Array(BYTES).fill(7);
      buffers.push(bytes.buffer);
      near.send('bytes', [bytes], [bytes.buffer]);
    }
  });
  return buffers.map(({ byteLength }) => byteLength);
}

describe('memory that was sent', () => {
  test('over a socket is given back once it has left', async () => {
    const [one, two] = await socketPair();
    const left = await sentOver(
      new ByteChannel(nodeStream(one, one), 1e6),
      new ByteChannel(nodeStream(two, two), 1e6),
    );
    expect(left).toEqual(Array(OFTEN).fill(0));
  });

  test('over streams that may hand it on as it is stays', async () => {
    const [forth, back] = [new PassThrough(), new PassThrough()];
    const left = await sentOver(
      new ByteChannel(nodeStream(back, forth), 1e6),
      new ByteChannel(nodeStream(forth, back), 1e6),
    );
    expect(left).toEqual(Array(OFTEN).fill(BYTES));
  });
});

interface Bytes {
  echo(bytes: Uint8Array): Uint8Array;
  same(): Uint8Array;
  yielded(count: number): AsyncGenerator<Uint8Array>;
}

const bytes = new URL('../fixtures/channels/bytes.js', import.meta.url);

const kinds: Record<string, () => Child<Bytes>> = {
  'an extra pipe': () => fork<Bytes>(bytes),
  'fork IPC': () => fork<Bytes>(bytes, { channel: 'ipc' }),
  stdio: () => fork<Bytes>(bytes, { channel: 'stdio' }),
  'a worker': () => worker<Bytes>(bytes),
};

// Whole, in parts, and more than is given back.
describe.each([20_000, 300_000, 5_000_000])('values of %i bytes', (size) => {
  test.each(Object.keys(kinds))('stay as they are with those who have sent them, over %s', async (kind) => {
    await using child = kinds[kind]!();
    const sent = new Uint8Array(size).fill(7);
    const echoes = await Promise.all([child.remote.echo(sent), child.remote.echo(sent.subarray(1))]);
    expect(echoes.map(({ byteLength }) => byteLength)).toEqual([size, size - 1]);
    expect(Buffer.compare(await child.remote.echo(sent), sent)).toBe(0);
    expect(sent.byteLength).toBe(size);
    const same = [await child.remote.same(), await child.remote.same()];
    expect(same.map((one) => one.every((byte) => byte === 9) && one.byteLength)).toEqual([300_000, 300_000]);
    for await (const item of child.remote.yielded(3))
      expect(Buffer.compare(item, same[0]!.subarray(0, 100_000))).toBe(0);
  });
});
