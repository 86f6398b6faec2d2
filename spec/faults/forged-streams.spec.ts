// Found by spec/fuzz/messages.spec.ts: a stream of Node's that nobody has asked for, and that fails.
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { connect, type Session } from 'portcall';

import { hello, rawPeer } from '../session/raw-peer.ts';

const open: Session<unknown>[] = [];
const uncaught = vi.fn<(error: unknown) => void>();

process.on('uncaughtException', uncaught);

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close({ graceMs: 0 })));
  await new Promise((resolve) => setImmediate(resolve));
  expect(uncaught).not.toHaveBeenCalled();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.each([
  ['a Writable', ['$', 17, 4, 6, 1, 1]],
  ['a Writable of bytes', ['$', 17, 4, 5, 1, 1]],
  ['a Duplex', ['$', 17, 4, 8, 1, 1, 5]],
])('%s of Node’s that a peer has made up', (_, stream) => {
  it('does no harm where nobody uses it, among arguments, in results or thrown', async () => {
    const [channel, peer] = rawPeer();
    const onError = vi.fn<(error: unknown) => void>();
    const session = connect<{ get(): unknown }>(channel, { expose: { take: () => 1 }, onError });
    open.push(session);
    peer.say(hello);
    const calls = [session.remote.get(), session.remote.get()].map((call) =>
      call.catch((thrown: unknown) => thrown),
    );
    await peer.heard(1, 2);
    const other = stream.with(2, 14).map((field, at) => (at === 6 ? 15 : field));
    const third = stream.with(2, 24).map((field, at) => (at === 6 ? 25 : field));
    peer.say([3, 1, stream, 1], [4, 2, other, 1], [1, 1, ['take'], [third], 1]);
    await Promise.all(calls);
    await peer.heard(3, 1);
    for (const id of [4, 5, 14, 15, 24, 25]) peer.say([19, id, 0, 'enough']);
    await turn();
    await peer.close();
    await session.closed;
    await turn();
  });

  it('tells onError where it was written to and nobody listens, and whoever listens alone', async () => {
    const [channel, peer] = rawPeer();
    const onError = vi.fn<(error: unknown) => void>();
    const session = connect<{ get(): Promise<unknown> }>(channel, { onError });
    open.push(session);
    peer.say(hello);
    const call = session.remote.get();
    await peer.heard(1, 1);
    peer.say([3, 1, stream, 1]);
    const written = (await call) as Writable;
    expect(written).toBeInstanceOf(Writable);
    const bytes = Buffer.from('x');
    written.write(bytes);
    await turn();
    for (const id of [4, 5]) peer.say([19, id, 0, ['$', 11, 'Error', { message: 'no more' }], 1]);
    // The half to read has an end of its own, which is waited for.
    peer.say([16, 4]);
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ message: 'no more' });

    const again = session.remote.get();
    await peer.heard(1, 2);
    peer.say([3, 2, stream.with(2, 14).map((field, at) => (at === 6 ? 15 : field)), 1]);
    const heard = (await again) as Writable;
    const error = once(heard, 'error');
    heard.write(bytes);
    await turn();
    for (const id of [14, 15]) peer.say([19, id, 0, ['$', 11, 'Error', { message: 'heard' }], 1]);
    peer.say([16, 14]);
    expect(await error).toMatchObject([{ message: 'heard' }]);
    expect(onError).toHaveBeenCalledOnce();
  });
});
