import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';

import { connect, fork, type Session } from 'portcall';

import { counter, frame, hello, type Anything } from './raw.ts';

const rawChild = new URL('../fixtures/channels/raw-child.js', import.meta.url);
const sessions: Session<unknown>[] = [];

afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close({ graceMs: 0 })));
});

describe('half a frame', () => {
  test('that is not finished within limits.frameMs costs a child its life, and nobody else', async () => {
    const half = frame('[[3,1,5]]').subarray(0, 10);
    const script = {
      channel: 'pipe',
      start: [frame(hello).toString('base64'), half.toString('base64')],
      end: 'stay',
    };
    const child = fork<Anything>(counter, {
      bootstrap: rawChild,
      argv: [JSON.stringify(script)],
      limits: { frameMs: 100 },
    });
    await expect(child.remote.add(1, 2)).rejects.toMatchObject({
      code: 'CHILD_EXITED',
      cause: { code: 'PROTOCOL_ERROR', message: expect.stringContaining('limits.frameMs') as string },
    });
    expect((await child.exited).signal).toBe('SIGKILL');
  });

  test('that trickles in, byte by byte, is no more welcome', async () => {
    const readable = new PassThrough();
    const session = connect({ readable, writable: new PassThrough() }, { limits: { frameMs: 80 } });
    sessions.push(session);
    readable.write(frame(hello));
    await session.ready;
    const bytes = frame(`[[9,${'1'.repeat(1000)}]]`);
    let at = 0;
    const trickle = setInterval(() => readable.write(bytes.subarray(at, ++at)), 5);
    expect(await session.closed).toMatchObject({ code: 'PROTOCOL_ERROR' });
    clearInterval(trickle);
    expect(at).toBeLessThan(bytes.length);
  });

  test('after half a frame, each finished in time, is none that is late', async () => {
    const readable = new PassThrough();
    const writable = new PassThrough();
    const session = connect({ readable, writable }, { limits: { frameMs: 150 } });
    sessions.push(session);
    readable.write(frame(hello));
    await session.ready;
    const ping = frame('[[9,1]]');
    // Each chunk ends one frame and begins the next: some frame is always under way.
    readable.write(ping.subarray(0, 5));
    const until = performance.now() + 400;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        readable.write(Buffer.concat([ping.subarray(5), ping.subarray(0, 5)]));
        if (performance.now() < until) return;
        clearInterval(timer);
        resolve();
      }, 10);
    });
    expect(session.stats.pendingCalls).toBe(0);
    await expect(Promise.race([session.closed, Promise.resolve('open')])).resolves.toBe('open');
  });
});
