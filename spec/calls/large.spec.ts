import { afterEach, describe, expect, it } from 'vitest';

import { connect, fork, type Session } from 'portcall';

import * as large from '../fixtures/calls/large.js';
import { socketPair } from '../channel/socket-pair.ts';

type Large = typeof large;

/** What children and sessions have in common. */
type Opened = Pick<Session<Large>, 'remote' | 'with' | 'stats' | 'close' | 'ready'>;

const url = new URL('../fixtures/calls/large.js', import.meta.url);

const channels: readonly (readonly [name: string, open: () => Opened | Promise<Opened>])[] = [
  ['a pipe', () => fork<Large>(url)],
  ['stdio', () => fork<Large>(url, { channel: 'stdio' })],
  ['ipc', () => fork<Large>(url, { channel: 'ipc' })],
  ['sockets', overSockets],
];

async function overSockets(): Promise<Opened> {
  const [here, there] = await socketPair();
  connect(there, { expose: large });
  return connect<Large>(here);
}

const opened: Opened[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.close()));
});

async function ready(open: () => Opened | Promise<Opened>): Promise<Opened> {
  const session = await open();
  opened.push(session);
  await session.ready;
  return session;
}

const MIB = 1024 * 1024;

/** Faster than to compare item by item. */
function isGiven(bytes: Uint8Array, size: number): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).equals(Buffer.alloc(size, 7));
}

/** How many small calls are answered, one after the other, before something large is over. */
async function answeredBeside({ remote }: Opened, work: Promise<unknown>): Promise<number> {
  const state = { over: false };
  void work.then(() => (state.over = true));
  let answered = 0;
  while (!state.over) {
    expect(await remote.add(answered, 1)).toBe(answered + 1);
    if (!state.over) answered++;
  }
  await work;
  return answered;
}

describe.each(channels)('over %s, small calls are answered between the parts of', (_name, open) => {
  it('large arguments', async () => {
    const session = await ready(open);
    const size = session.remote.size(new Uint8Array(24 * MIB));
    expect(await answeredBeside(session, size)).toBeGreaterThan(4);
    expect(await size).toBe(24 * MIB);
  });

  it('a large result', async () => {
    const session = await ready(open);
    const given = session.remote.give(24 * MIB);
    expect(await answeredBeside(session, given)).toBeGreaterThan(4);
    expect(isGiven(await given, 24 * MIB)).toBe(true);
  });

  it('a large text', async () => {
    const session = await ready(open);
    const text = 'añ→😀'.repeat(MIB);
    const size = session.remote.size(text);
    expect(await answeredBeside(session, size)).toBeGreaterThan(4);
    expect(await size).toBe(text.length);
  });

  it('large items of a stream that comes, and of one that goes', async () => {
    const session = await ready(open);
    async function* items(): AsyncGenerator<Uint8Array> {
      for (let sent = 0; sent < 2; sent++) yield large.give(12 * MIB);
    }
    const read = large.drain(session.remote.chunks(2, 12 * MIB));
    expect(await answeredBeside(session, read)).toBeGreaterThan(4);
    const sent = session.remote.drain(items());
    expect(await answeredBeside(session, sent)).toBeGreaterThan(4);
    expect(await Promise.all([read, sent])).toEqual([24 * MIB, 24 * MIB]);
  });
});

describe.each(channels)('over %s', (_name, open) => {
  it('a stream of 64 MiB keeps no more than its window waiting, and no small call', async () => {
    const session = await ready(open);
    let most = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      const chunk = large.give(64 * 1024);
      for (let sent = 0; sent < 1024; sent++) {
        most = Math.max(most, session.stats.queuedBytes);
        yield chunk;
      }
    }
    const drained = session.remote.drain(source());
    expect(await answeredBeside(session, drained)).toBeGreaterThan(10);
    expect(await drained).toBe(64 * MIB);
    expect(most).toBeLessThan(1.5 * MIB);
  });

  it('large calls start in their order, and small ones made later before they are complete', async () => {
    const { remote } = await ready(open);
    const first = await remote.notes();
    const noted = ['a', 'b', 'c'].map((name) => remote.note(name, new Uint8Array(4 * MIB)));
    noted.push(remote.note('small'));
    await Promise.all(noted);
    expect((await remote.notes()).slice(first.length)).toEqual(['small', 'a', 'b', 'c']);
  });

  it('a call that times out while it is sent is not made', async () => {
    const session = await ready(open);
    const first = (await session.remote.notes()).length;
    const late = session.with({ timeoutMs: 1 }).note('late', new Uint8Array(24 * MIB));
    const behind = session.remote.note('behind', new Uint8Array(MIB));
    // The event loop is not seen to before the deadline has passed.
    const until = performance.now() + 5;
    while (performance.now() < until);
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', delivery: 'not-sent' });
    await behind;
    expect((await session.remote.notes()).slice(first)).toEqual(['behind']);
  });
});

describe.each([
  ['a pipe', 'pipe'],
  ['stdio', 'stdio'],
] as const)('over %s', (_name, channel) => {
  it('the rest of a large result is written when the process exits', async () => {
    const child = fork<Large>(url, { channel });
    expect(isGiven(await child.remote.giveAndExit(8 * MIB), 8 * MIB)).toBe(true);
    await child.exited;
  });
});
