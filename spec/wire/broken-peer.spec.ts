import { fork, RpcError, type ForkedChild } from 'portcall';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { counter, frame, hello, rawFork, rawIpc, rawSpawn, segment, type Anything } from './raw.ts';

const oversized = Buffer.from([0, 32, 0, 4, 0, 32, 0, 0]);
const garbage = Buffer.from('Segmentation fault (core dumped)\n');
const zeroLength = Buffer.alloc(8);
const lyingAttachment = Buffer.from([0, 0, 0, 9, 0, 0, 0, 0, 255, 255, 255, 255, 1]);

const frames: [what: string, bytes: Buffer, message: RegExp][] = [
  ['garbage', garbage, /sent a (malformed )?frame/],
  ['a frame of no length', zeroLength, /malformed frame: lengths 0 and 0/],
  ['a frame above the limit', oversized, /frame of 2097152 bytes; at most 1048576/],
  [
    'an attachment longer than its frame',
    lyingAttachment,
    /malformed frame: an attachment of 4294967295 bytes/,
  ],
  ['text that is not JSON', frame('{"jsonrpc"'), /batch that is not JSON: "{\\"jsonrpc\\""/],
  ['JSON that is no batch', frame('{"jsonrpc":"2.0"}'), /batch that holds no messages/],
  ['a batch of other things', frame('[3]'), /batch that holds no messages/],
  ['a message of a version to come', frame('[[99]]'), /message 99/],
  ['fewer attachments than announced', frame('[[3,1,null,1,2]]'), /fewer attachments than it announced/],
  ['a count of attachments that is none', frame('[[3,1,null,1,-1]]'), /a message with -1 attachments/],
];

let unhandled: unknown[] = [];
const onUnhandled = (error: unknown): void => void unhandled.push(error);
let other: ForkedChild<Anything>;

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled);
  other = fork<Anything>(counter);
  await other.ready;
});

afterEach(async () => {
  // Whatever a child does, this process and its other children go on.
  expect(await other.remote.add(2, 3)).toBe(5);
  const seen = unhandled;
  unhandled = [];
  expect(seen).toEqual([]);
});

afterAll(async () => {
  await other.close();
  process.off('unhandledRejection', onUnhandled);
});

describe('a child whose first bytes are', () => {
  test.each(frames)('%s', async (_, bytes, message) => {
    const child = rawFork({ start: [bytes] });
    const calls = [child.remote.add(1, 2), child.remote.add(3, 4)];
    const cause = await startFailure(child);
    // Some would be right later, and are only wrong before a hello.
    expect(cause.message).toMatch(new RegExp(`${message.source}|instead of a hello`));
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'START_FAILED', cause });
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(child.stats.pendingCalls).toBe(0);
  });
});

describe('a child that answers a call with', () => {
  test.each(frames)('%s', async (_, bytes, message) => {
    const child = rawFork({ start: [frame(hello)], onData: [bytes] });
    await child.ready;
    const error = await failureOf(child.remote.add(1, 2));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(error.message).toMatch(message);
    expect(error.cause).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringMatching(message) as string,
    });
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
    expect(child.stats.pendingCalls).toBe(0);
  });

  test('its answer and then garbage: the answer counts', async () => {
    const child = rawFork({ start: [frame(hello)], onData: [Buffer.concat([frame('[[3,1,3]]'), garbage])] });
    expect(await child.remote.add(1, 2)).toBe(3);
    await child.exited;
    await expect(child.remote.add(1, 2)).rejects.toMatchObject({
      code: 'CHILD_EXITED',
      delivery: 'not-sent',
    });
  });
});

describe('a child that speaks', () => {
  test.each([
    ['another version', '[[0,2,{"session":"s","messageBytes":1024,"exports":[]}]]', /version 2 .+ version 1/],
    ['a version that is no number', '[[0,"1",{}]]', /version "1" .+ version 1/],
    ['no version', '[[0]]', /version undefined .+ version 1/],
    ['the version without a hello', '[[0,1]]', /hello that cannot be read/],
    ['before it has said hello', '[[9,1]]', /message 9 instead of a hello; this side speaks version 1/],
  ])('%s is refused at once', async (_, text, message) => {
    const begun = performance.now();
    const child = rawFork({ start: [frame(text)] });
    const cause = await startFailure(child);
    expect(cause.message).toMatch(message);
    // A second is the goal, and machines that run several specs at once take longer.
    expect(performance.now() - begun).toBeLessThan(8_000);
    await child.exited;
  });

  test('hello twice is refused', async () => {
    const child = rawFork({ start: [frame(hello)], onData: [frame(hello)] });
    const error = await failureOf(child.remote.add(1, 2));
    expect(error.cause).toMatchObject({ code: 'PROTOCOL_ERROR', message: 'the other side said hello twice' });
    await child.exited;
  });
});

describe('replies that nobody waits for', () => {
  test('are ignored and counted: repeated ones, unknown ids, ids that are none', async () => {
    const child = rawFork({
      start: [frame(hello)],
      onData: [
        frame('[[3,999,1],[4,998,1],[5,997,"TOO_LARGE","x"]]'),
        frame('[[3,"1",1],[3,null,1],[3,-1,1],[3,1.5,1],[3]]'),
        frame('[[6,12],[7,34,null]]'),
        frame('[[3,1,"first"],[3,1,"second"]]'),
        frame('[[4,1,"third"]]'),
        frame('[[3,2,"in order"]]'),
      ],
    });
    const one = child.remote.add(1, 2);
    const two = child.remote.add(1, 2);
    expect(await one).toBe('first');
    expect(await two).toBe('in order');
    expect(child.stats).toMatchObject({ ignoredMessages: 12, pendingCalls: 0 });
    await child.terminate();
  });

  test('are ignored and counted when they come late', async () => {
    const child = rawFork({
      start: [frame(hello)],
      // The answer to the call that was given up, behind it the one that is waited for.
      onData: [frame('[[3,1,"late"],[3,2,"in time"]]')],
    });
    await child.ready;
    const controller = new AbortController();
    const given = child.with({ signal: controller.signal }).add(1, 2);
    const reason = new Error('no longer wanted');
    const rejected = expect(given).rejects.toBe(reason);
    const waited = child.remote.add(3, 4);
    // Both have left once this tick is over.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    controller.abort(reason);
    await rejected;
    expect(await waited).toBe('in time');
    expect(child.stats.ignoredMessages).toBe(1);
    await child.terminate();
  });
});

describe('a child that dies', () => {
  const reply = frame('[[3,1,5]]');

  test.each([...Array(reply.length + 1).keys()].map((bytes) => [bytes] as const))(
    `after %i of the ${reply.length} bytes of its reply`,
    async (bytes) => {
      const child = rawFork({ start: [frame(hello)], onData: [reply.subarray(0, bytes)], end: 'kill' });
      const call = child.remote.add(2, 3);
      if (bytes === reply.length) {
        expect(await call).toBe(5);
      } else {
        expect(await failureOf(call)).toMatchObject({
          code: 'CHILD_EXITED',
          delivery: 'unknown',
          exit: { code: null, signal: 'SIGKILL' },
        });
      }
      expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
      expect(child.stats.pendingCalls).toBe(0);
    },
  );
});

describe('a child that closes its channel while it lives', () => {
  test.each([
    ['before it was ready', { start: [], end: 'close' as const }, 'START_FAILED'],
    ['with a call under way', { start: [frame(hello)], onData: [], end: 'close' as const }, 'CHILD_EXITED'],
  ])('%s is ended', async (_, script, code) => {
    const child = rawFork(script);
    const error = await failureOf(child.remote.add(1, 2));
    expect(error).toMatchObject({ code, exit: { signal: 'SIGKILL' } });
    // Closed with something unread in it, a pipe is reset.
    expect(error.message).toMatch(/it had closed its channel|the channel broke/);
    expect(await child.exited).toMatchObject({ signal: 'SIGKILL' });
  });
});

describe('over stdout', () => {
  test('garbage is somebody’s output and no message', async () => {
    const lines: string[] = [];
    const child = rawSpawn(
      {
        start: [garbage, segment(frame(hello))],
        onData: [Buffer.from('half a line'), segment(frame('[[3,1,3]]'))],
      },
      (line) => lines.push(line),
    );
    expect(await child.remote.add(1, 2)).toBe(3);
    await child.terminate();
    expect(lines).toEqual(['Segmentation fault (core dumped)', 'half a line']);
  });

  test.each(frames.filter(([what]) => what !== 'a frame above the limit'))(
    'a segment with %s ends the channel',
    async (_, bytes, message) => {
      const child = rawSpawn({ start: [segment(frame(hello))], onData: [segment(bytes)] });
      const error = await failureOf(child.remote.add(1, 2));
      expect(error.cause).toMatchObject({
        code: 'PROTOCOL_ERROR',
        message: expect.stringMatching(message) as string,
      });
      await child.exited;
    },
  );
});

describe('over fork IPC', () => {
  test('messages of others are left alone', async () => {
    const child = rawIpc(
      ['something else', { cmd: 'theirs' }, ['array'], 5, null, `portcall:${hello}`],
      ['portcallbut no', 'portcall:[[3,1,3]]'],
    );
    expect(await child.remote.add(1, 2)).toBe(3);
    expect(child.stats.ignoredMessages).toBe(0);
    await child.terminate();
  });

  test.each([
    ['text that is not JSON', 'portcall:[[3,1', /batch that is not JSON/],
    ['an array without text', ['portcall:', 5], /malformed message over IPC/],
    [
      'attachments that are no bytes',
      ['portcall:', '[[3,1,null,1,1]]', { type: 'Buffer' }],
      /malformed message/,
    ],
  ])('%s ends the channel', async (_, message, expected) => {
    const child = rawIpc([`portcall:${hello}`], [message]);
    const error = await failureOf(child.remote.add(1, 2));
    expect(error).toMatchObject({ code: 'CHILD_EXITED' });
    expect(error.cause).toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: expect.stringMatching(expected) as string,
    });
    await child.exited;
  });
});

/** The PROTOCOL_ERROR that a child failed to start with. */
async function startFailure(child: ForkedChild<Anything>): Promise<RpcError> {
  const error = await failureOf(child.ready);
  expect(error).toMatchObject({ code: 'START_FAILED' });
  expect(error.cause).toMatchObject({ code: 'PROTOCOL_ERROR' });
  return error.cause as RpcError;
}

async function failureOf(promise: Promise<unknown>): Promise<RpcError> {
  const outcome = await promise.then(
    (value) => new Error(`it fulfilled with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(RpcError);
  return outcome as RpcError;
}
