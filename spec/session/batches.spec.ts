import { PassThrough } from 'node:stream';
import { connect, type Limits, type RpcError, type Session } from 'portcall';
import { describe, expect, onTestFinished, test } from 'vitest';

const api = {
  same: (x: number) => x,
  length: (text: string) => text.length,
  sum: (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0),
};

describe('calls of one tick that together are larger than a message may be', () => {
  const limits = { messageBytes: 2048 };

  test('are all answered, in order', async () => {
    const { remote, ready } = pair(limits, limits);
    await ready;
    const calls = Array.from({ length: 200 }, (_, i) => remote.same(i));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test('are all answered where they were made before the other side had said what it takes', async () => {
    const { remote } = pair({}, limits);
    const calls = Array.from({ length: 200 }, (_, i) => remote.same(i));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  test('keep their own bytes', async () => {
    const { remote, ready } = pair(limits, limits);
    await ready;
    const calls = Array.from({ length: 20 }, (_, i) =>
      i % 3 === 0 ? remote.same(i) : remote.sum(new Uint8Array(1000).fill(i)),
    );
    expect(await Promise.all(calls)).toEqual(
      Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? i : i * 1000)),
    );
  });

  test('leave out those that were given up meanwhile', async () => {
    const session = pair({}, limits);
    const controller = new AbortController();
    const impatient = session.with({ signal: controller.signal });
    const calls = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? session.remote : impatient).same(i));
    controller.abort(new Error('never mind'));
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(200);
    expect(session.stats).toMatchObject({ pendingCalls: 0 });
  });
});

test('a call that fits just so is answered beside another; one that does not is refused alone', async () => {
  const limits = { messageBytes: 2048 };
  const { remote, ready, closed } = pair(limits, limits);
  await ready;
  let [answered, refused] = [0, 0];
  // Each byte around the limit: the rest of the message takes between 20 and 60.
  for (let length = 2048 - 60; length <= 2048; length++) {
    const [one, other] = await Promise.allSettled([remote.length('x'.repeat(length)), remote.same(length)]);
    expect(other).toEqual({ status: 'fulfilled', value: length });
    if (one.status === 'fulfilled') answered++;
    else {
      expect((one.reason as RpcError).code).toBe('TOO_LARGE');
      refused++;
    }
  }
  expect([answered > 10, refused > 10]).toEqual([true, true]);
  const over = await Promise.race([closed.then(() => 'closed'), remote.same(1)]);
  expect(over).toBe(1);
});

/** A session with another one that serves, over a pair of streams; each with limits of its own. */
function pair(here: Partial<Limits>, there: Partial<Limits>): Session<typeof api> {
  const [to, from] = [new PassThrough(), new PassThrough()];
  connect({ readable: to, writable: from }, { expose: api, limits: there });
  const session = connect<typeof api>({ readable: from, writable: to }, { limits: here });
  onTestFinished(() => session.close({ graceMs: 0 }));
  return session;
}
