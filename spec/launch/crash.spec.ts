import { fork, RpcError, worker } from 'portcall';
import { describe, expect, test } from 'vitest';

import {
  block,
  channels,
  failureOf,
  fixture,
  processChannels,
  start,
  tracked,
  turn,
  type Plain,
} from './children.ts';

describe.each(processChannels)('over %s', (channel) => {
  test('a child that hangs on its way out is ended, and its calls with it', async () => {
    const child = start(channel, { execArgv: ['--import', fixture('hangs-on-exit.js').href] });
    const never = failureOf(child.remote.never());
    expect(await failureOf(child.remote.exit(3))).toMatchObject({
      code: 'CHILD_EXITED',
      exit: { code: null, signal: 'SIGKILL' },
    });
    expect(await never).toMatchObject({ code: 'CHILD_EXITED' });
    await child.exited;
  });

  test('SIGKILL with 100 calls in flight: all reject CHILD_EXITED with signal, stderr tail and delivery', async () => {
    const child = tracked(fork<Plain>(fixture('plain.js'), { channel, stderr: () => {} }));
    const calls = Array.from({ length: 99 }, () => child.remote.never());
    calls.push(child.remote.never('the last words'));
    const outcomes = Promise.all(calls.map(failureOf));
    await child.remote.echo('all of them run');
    process.kill(child.pid!, 'SIGKILL');
    // By the time anybody hears of the exit no call waits.
    const pendingAtExit = child.exited.then(() => child.stats.pendingCalls);
    const errors = await outcomes;
    expect(await pendingAtExit).toBe(0);
    for (const error of errors) {
      expect(error).toBeInstanceOf(RpcError);
      expect(error).toMatchObject({
        code: 'CHILD_EXITED',
        delivery: 'unknown',
        exit: { code: null, signal: 'SIGKILL' },
      });
    }
    expect((errors[0] as RpcError).exit?.stderr).toContain('the last words');
    expect((errors[0] as RpcError).message).toContain('the last words');
    await expect(child.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
    expect(child.state).toBe('exited');
    await expect(child.remote.echo(1)).rejects.toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent' });
  });

  test('killed in the middle of a large reply: the partial frame is dropped and the call rejects', async () => {
    const child = start(channel);
    await child.ready;
    const outcome = failureOf(child.remote.dieInMidReply(8_000_000));
    await turn();
    // So that the child cannot get rid of all of it before it dies.
    block(500);
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
  });

  test('out of memory: the error names it', async () => {
    const child = start(channel, { execArgv: ['--max-old-space-size=40'], stdout: 'ignore' });
    const error = await failureOf(child.remote.eatMemory());
    expect(error).toMatchObject({ code: 'CHILD_EXITED' });
    expect((error as RpcError).message).toMatch(/heap out of memory/);
    expect((error as RpcError).exit?.stderr).toMatch(/heap out of memory/);
  });

  test.each(['throwLater', 'rejectUnhandled'] as const)(
    '%s: all calls reject and the message names the error',
    async (name) => {
      const child = start(channel);
      const other = failureOf(child.remote.never());
      const error = await failureOf(child.remote[name]());
      expect(error).toMatchObject({ code: 'CHILD_EXITED', exit: { code: 1, signal: null } });
      expect((error as RpcError).message).toMatch(/RangeError: boom in a (timer|promise)/);
      expect(await other).toMatchObject({ code: 'CHILD_EXITED' });
    },
  );

  test('exit while a grandchild holds the pipes: calls and exited settle all the same', async () => {
    const child = start(channel, { stdout: 'pipe', stderr: 'pipe' });
    const grandchild = (await child.remote.leaveGrandchild())!;
    try {
      const outcome = failureOf(child.remote.exit(5));
      expect(await outcome).toMatchObject({ code: 'CHILD_EXITED', exit: { code: 5 } });
      await expect(child.exited).resolves.toMatchObject({ code: 5 });
      expect(() => process.kill(grandchild, 0)).not.toThrow();
    } finally {
      process.kill(grandchild, 'SIGKILL');
    }
  });
});

describe.each(channels)('over %s', (channel) => {
  test('reply written before the exit wins although the parent was blocked for 800 ms', async () => {
    const child = start(channel);
    await child.ready;
    const reply = child.remote.replyThenDie();
    await turn();
    block(800);
    expect(await reply).toBe('the reply');
    await child.exited;
  });

  test('process.exit(0) with calls pending: CHILD_EXITED with code 0', async () => {
    const child = start(channel);
    const outcomes = [child.remote.never(), child.remote.exit(0)].map(failureOf);
    for (const outcome of outcomes) {
      expect(await outcome).toMatchObject({
        code: 'CHILD_EXITED',
        delivery: 'unknown',
        exit: { code: 0, signal: null },
      });
    }
  });

  test('stack overflow inside a function rejects that one call', async () => {
    const child = start(channel);
    const error = await failureOf(child.remote.overflow());
    expect(error).toBeInstanceOf(RangeError);
    expect(await child.remote.echo('still there')).toBe('still there');
  });
});

test.each(['pipe', 'stdio', 'worker'] as const)(
  'results already returned survive process.exit, 5,000 of 5,000 over %s',
  async (channel) => {
    const child = start(channel);
    await child.ready;
    const calls = Array.from({ length: 5_000 }, () => child.remote.resultThenExit(5_000));
    const results = await Promise.all(calls);
    expect(results.map((result) => Number.parseInt(result))).toEqual(results.map((_, index) => index + 1));
    await expect(child.exited).resolves.toMatchObject({ code: 0 });
  },
);

test('over ipc 5,000 results arrive before a graceful close is done', async () => {
  const child = start('ipc');
  const calls = Array.from({ length: 5_000 }, () => child.remote.resultThenExit(Infinity));
  const closed = child.close();
  expect(await Promise.all(calls)).toHaveLength(5_000);
  await closed;
});

test('over ipc calls settle when the module disconnects', async () => {
  const child = start('ipc');
  await expect(child.remote.disconnect()).rejects.toMatchObject({ code: 'CHILD_EXITED' });
  await child.exited;
});

describe('a worker', () => {
  test('out of memory: the error names it', async () => {
    const child = tracked(
      worker<Plain>(fixture('plain.js'), {
        resourceLimits: { maxOldGenerationSizeMb: 20 },
        stderr: () => {},
      }),
    );
    const error = await failureOf(child.remote.eatMemory());
    expect(error).toMatchObject({ code: 'CHILD_EXITED', cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } });
    expect((error as RpcError).message).toMatch(/memory/);
  });

  test.each(['throwLater', 'rejectUnhandled'] as const)(
    '%s: all calls reject with the error as cause',
    async (name) => {
      const child = start('worker');
      const other = failureOf(child.remote.never());
      const error = await failureOf(child.remote[name]());
      expect(error).toMatchObject({ code: 'CHILD_EXITED', cause: { name: 'RangeError' }, exit: { code: 1 } });
      expect((error as RpcError).message).toMatch(/boom in a (timer|promise)/);
      expect(await other).toMatchObject({ code: 'CHILD_EXITED' });
    },
  );

  test('terminated in mid-call: calls reject and the thread is gone', async () => {
    const child = tracked(worker<Plain>(fixture('plain.js')));
    await child.ready;
    const outcomes = [child.remote.never(), child.remote.spin()].map(failureOf);
    await turn();
    await child.terminate();
    for (const outcome of outcomes)
      expect(await outcome).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(child.threadId).toBe(-1);
    expect(child.state).toBe('exited');
  });

  test("ends although nobody reads what it printed with stderr: 'pipe'", async () => {
    const child = tracked(
      worker<typeof import('../fixtures/lives/printer.js')>(fixture('printer.js'), { stderr: 'pipe' }),
    );
    await child.remote.print('stderr', 'x'.repeat(1_000_000));
    await child.terminate();
    await expect(child.exited).resolves.toMatchObject({ code: 1 });
  });
});
