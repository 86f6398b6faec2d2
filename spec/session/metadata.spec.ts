import { PassThrough } from 'node:stream';
import { connect, type Session } from 'portcall';
import { expect, onTestFinished, test } from 'vitest';

const api = { same: (x: number) => x, VERSION: '1' };

test('metadata that JSON cannot say fails its call alone, and nothing is left waiting', async () => {
  const session = pair();
  const own: Record<string, unknown> = {};
  own['itself'] = own;
  for (const metadata of [{ big: 1n }, own]) {
    const remote = session.with({ metadata });
    const refused = { code: 'NOT_SERIALIZABLE', delivery: 'not-sent', cause: expect.any(TypeError) };
    await expect(remote.same(1)).rejects.toMatchObject(refused);
    await expect(Promise.resolve(remote.VERSION)).rejects.toMatchObject(refused);
    await expect(session.with({ metadata, oneway: true }).same(1)).rejects.toMatchObject(refused);
  }
  expect(session.stats.pendingCalls).toBe(0);
  expect(await session.remote.same(2)).toBe(2);
});

test('metadata counts as part of the message', async () => {
  const session = pair();
  await session.ready;
  const remote = session.with({ metadata: { text: 'x'.repeat(4096) } });
  const refused = { code: 'TOO_LARGE', delivery: 'not-sent' };
  await expect(remote.same(1)).rejects.toMatchObject(refused);
  await expect(Promise.resolve(remote.VERSION)).rejects.toMatchObject(refused);
  expect(await session.remote.same(2)).toBe(2);
});

/** A session with another one that serves, over a pair of streams; neither takes messages of more than 4 KiB. */
function pair(): Session<typeof api> {
  const [to, from] = [new PassThrough(), new PassThrough()];
  const limits = { messageBytes: 4096 };
  connect({ readable: to, writable: from }, { expose: api, limits });
  const session = connect<typeof api>({ readable: from, writable: to }, { limits });
  onTestFinished(() => session.close({ graceMs: 0 }));
  return session;
}
