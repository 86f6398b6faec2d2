import { array, assert, asyncProperty, integer, string } from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { connect, type Session } from 'portcall';

import { narrowChannels, type Narrow } from './narrow.ts';

const sessions: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
});

const api = { echo: (value: unknown) => value };

function echoing(partBytes: number, messageBytes?: number): { session: Session<typeof api>; here: Narrow } {
  const [here, there] = narrowChannels({ partBytes }, { partBytes });
  const limits = messageBytes === undefined ? {} : { messageBytes };
  sessions.push(connect(there, { expose: api, limits }));
  const session = connect<typeof api>(here, { limits });
  sessions.push(session);
  return { session, here };
}

describe('what was cut is put together as it was', () => {
  it('texts of any script, whose characters are cut in the middle', async () => {
    const { session, here } = echoing(100);
    await session.ready;
    for (const text of ['añ→😀'.repeat(500), '\u{feff}"\\\n'.repeat(300), `${'x'.repeat(997)}😀`])
      expect(await session.remote.echo(text)).toBe(text);
    expect(here.codes).toContain(26);
  });

  it('attachments of any number and size', async () => {
    const { session } = echoing(100);
    await session.ready;
    const values = [
      [0],
      [0, 0, 300],
      [99, 100, 101, 0],
      [1000, 0, 1, 5000],
      Array.from({ length: 1200 }, () => 1),
    ];
    for (const sizes of values) {
      const sent = sizes.map((size, place) => new Uint8Array(size).fill(place + 1));
      expect(await session.remote.echo([sent, 'x'.repeat(200)])).toEqual([sent, 'x'.repeat(200)]);
    }
  });

  it('items of a stream that leave together, without being more than the other side takes', async () => {
    const [here, there] = narrowChannels({}, { partBytes: 60_000 });
    const limits = { messageBytes: 100_000 };
    const items = async function* (): AsyncGenerator<string> {
      for (let made = 0; made < 30; made++) yield '→'.repeat(9000);
    };
    sessions.push(connect(there, { expose: { items }, limits }));
    const session = connect<{ items: typeof items }>(here, { limits });
    sessions.push(session);
    let read = 0;
    for await (const item of session.remote.items()) read += item.length;
    expect(read).toBe(270_000);
    expect(there.largest).toBeLessThanOrEqual(100_000);
  });

  it('whatever the size of a part, and the largest message', async () => {
    const sizes = array(integer({ min: 0, max: 500 }), { maxLength: 6 });
    await assert(
      asyncProperty(
        integer({ min: 100, max: 600 }),
        sizes,
        string({ unit: 'binary' }),
        async (partBytes, list, text) => {
          const { session, here } = echoing(partBytes, 8192);
          await session.ready;
          const sent = [list.map((size, place) => new Uint8Array(size).fill(place)), text];
          expect(await session.remote.echo(sent)).toEqual(sent);
          expect(here.largest).toBeLessThanOrEqual(8192);
        },
      ),
      { numRuns: 15 },
    );
  });
});
