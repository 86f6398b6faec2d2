import { expect, test } from 'vitest';

import { connect } from 'portcall';

import { rawPeer } from './raw-peer.ts';

// Found by the soak: a child that is started again was made a call for the second time, with a stream that had been
// ended for the first, and summed up nothing.
test('a stream among the arguments of a call that was never sent is as it was, and can be sent again', async () => {
  async function* numbers(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  const [channel] = rawPeer();
  const session = connect<{ sum(source: AsyncIterable<number>): number }>(channel);
  const source = numbers();
  const call = session.remote.sum(source).catch((error: unknown) => error);
  channel.destroy(new Error('gone'));
  expect(await call).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
  await session.closed;
  await new Promise((resolve) => setImmediate(resolve));
  const seen: number[] = [];
  for await (const item of source) seen.push(item);
  expect(seen).toEqual([1, 2]);
  expect(session.stats.openStreams).toBe(0);
});
