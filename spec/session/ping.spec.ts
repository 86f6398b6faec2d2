import { connect } from 'portcall';
import { expect, onTestFinished, test } from 'vitest';

import { hello, rawPeer, type RawMessage } from './raw-peer.ts';

const ping = (nonce: number, ...call: readonly number[]): RawMessage => [9, nonce, ...call];

test('a ping that names a call is answered once that has ended, although it was cancelled', async () => {
  let end: () => void = () => {};
  const api = { wait: () => new Promise<void>((resolve) => (end = resolve)), quick: () => 1 };
  const [channel, peer] = rawPeer();
  const session = connect(channel, { expose: api });
  onTestFinished(() => session.close({ graceMs: 0 }));
  peer.say(hello, [1, 1, ['wait'], []], [1, 2, ['quick'], []], [6, 1], ping(1, 1), ping(2, 2), ping(3));
  peer.say(ping(4, 77));
  await peer.heard(10, 4);
  // The one that runs is missing: the others are over, none at all, or never were.
  expect(peer.messages).toEqual([
    [3, 2, 1],
    [10, 2],
    [10, 3],
    [10, 4],
  ]);
  end();
  expect(await peer.heard(10, 1)).toEqual([10, 1]);
  expect(peer.messages).toHaveLength(5);
});

test.each([1, 0])('more pings for the end of call %i than anybody needs end the session', async (id) => {
  const [channel, peer] = rawPeer();
  const session = connect(channel, { expose: { wait: () => new Promise(() => {}) } });
  peer.say(hello, [1, 1, ['wait'], []], ...Array.from({ length: 1001 }, (_, nonce) => ping(nonce, id)));
  expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
});
