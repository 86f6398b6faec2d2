import { fork, type RpcError } from 'portcall';
import { describe, expect, test } from 'vitest';

import {
  channels,
  failureOf,
  fixture,
  processChannels,
  start,
  tracked,
  turn,
  type Plain,
} from './children.ts';

describe.each(channels)('over %s close()', (channel) => {
  test('finishes the calls under way, refuses new ones, and fulfils once the child has ended', async () => {
    const child = start(channel);
    const underWay = [child.remote.delay(200, 'first'), child.remote.delay(300, 'second')];
    await child.remote.echo('they run');
    const closed = child.close();
    expect(child.state).toBe('closing');
    const refused = await failureOf(child.remote.echo(1));
    expect(refused).toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
    expect(await Promise.all(underWay)).toEqual(['first', 'second']);
    await closed;
    expect(child.state).toBe('exited');
    await expect(child.exited).resolves.toMatchObject({ code: 0, signal: null });
    expect(child.stats).toMatchObject({ pendingCalls: 0, queuedBytes: 0 });
  });

  test('before ready lets the calls run that were made before it', async () => {
    const child = start(channel);
    const calls = [child.remote.echo(1), child.remote.delay(50, 2)];
    const closed = child.close();
    expect(await Promise.all(calls)).toEqual([1, 2]);
    await closed;
    await child.ready;
  });

  test('before ready, without a call, ends the child in an orderly way', async () => {
    const child = start(channel);
    await child.close();
    expect(child.state).toBe('exited');
    await child.exited;
  });

  test('twice, at once and later, is once', async () => {
    const child = start(channel);
    await child.ready;
    await Promise.all([child.close(), child.close()]);
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ code: 0 });
  });

  test.each([Infinity, 2 ** 31])('with graceMs: %d waits for as long as it takes', async (graceMs) => {
    const child = start(channel, { graceMs });
    const reply = child.remote.delay(100, 'done');
    await child.remote.keepBusyWithTimers();
    await child.close({ graceMs });
    expect(await reply).toBe('done');
    await expect(child.exited).resolves.toMatchObject({ code: 0, signal: null });
  });

  test('gives up on calls after graceMs', async () => {
    const child = start(channel);
    const outcome = failureOf(child.remote.never());
    await child.remote.echo('it runs');
    await child.close({ graceMs: 100 });
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(((await outcome) as RpcError).message).toContain('because it was closed');
  });

  test('ends a child in an endless loop', async () => {
    const child = start(channel, { graceMs: 100 });
    await child.ready;
    const outcome = failureOf(child.remote.spin());
    await turn();
    const began = performance.now();
    await child.close({ graceMs: 400 });
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED' });
    expect(performance.now() - began).toBeLessThan(800);
  });

  test('ends a child whose timers would keep it alive', async () => {
    const child = start(channel);
    await child.remote.keepBusyWithTimers();
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ code: 0 });
  });
});

describe.each(channels)('over %s terminate()', (channel) => {
  test('rejects pending calls and fulfils, again and again', async () => {
    const child = start(channel);
    const outcome = failureOf(child.remote.never());
    await child.remote.echo('it runs');
    await Promise.all([child.terminate(), child.terminate()]);
    const error = (await outcome) as RpcError;
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(error.message).toContain('because it was terminated');
    await child.terminate();
    await child.close();
    expect(child.state).toBe('exited');
  });

  test('before ready rejects ready and the queued calls', async () => {
    const child = start(channel);
    const outcomes = [failureOf(child.remote.echo(1)), failureOf(child.ready)];
    await child.terminate();
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ code: 'START_FAILED' });
    expect(((await outcomes[0]) as RpcError).message).toContain('it was terminated');
  });

  test('cuts a close() short', async () => {
    const child = start(channel);
    const outcome = failureOf(child.remote.never());
    await child.remote.echo('it runs');
    const closed = child.close({ graceMs: Infinity });
    await turn();
    await child.terminate();
    await closed;
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED' });
  });
});

describe.each(processChannels)('over %s', (channel) => {
  test('close() gives a module that listens for SIGTERM the time to clean up', async () => {
    const child = start(channel, { graceMs: Infinity });
    await child.remote.cleanUpOnSigterm(200);
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ code: 42, signal: null });
  });

  test('a child that ignores its end and SIGTERM is ended all the same', async () => {
    const child = start(channel, { graceMs: 100 });
    await child.remote.ignoreSigterm();
    await child.remote.keepBusyWithTimers();
    const outcome = failureOf(child.remote.spin());
    await turn();
    await child.close();
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED' });
    await expect(child.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
  });

  test('a child in an endless loop is sent SIGTERM first', async () => {
    const child = start(channel, { graceMs: 100 });
    await child.ready;
    child.remote.spin().catch(() => {});
    await turn();
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ signal: 'SIGTERM' });
  });

  test('terminate() ends a stopped process', async () => {
    const child = tracked(fork<Plain>(fixture('plain.js'), { channel }));
    await child.ready;
    process.kill(child.pid!, 'SIGSTOP');
    await child.terminate();
    await expect(child.exited).resolves.toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('close() ends a stopped process', async () => {
    const child = tracked(fork<Plain>(fixture('plain.js'), { channel, graceMs: 100 }));
    await child.ready;
    process.kill(child.pid!, 'SIGSTOP');
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
  });

  test('exited tells code and signal and the end of stderr', async () => {
    const child = start(channel, {}, fixture('exits-at-import.js'));
    const exit = await child.exited;
    expect(exit).toEqual({ code: 7, signal: null, stderr: 'cannot go on like this\n' });
  });

  test("with stderr: 'ignore' there is no end of stderr", async () => {
    const child = start(channel, { stderr: 'ignore' }, fixture('exits-at-import.js'));
    await expect(child.exited).resolves.toEqual({ code: 7, signal: null, stderr: '' });
  });
});

test('await using closes the child at the end of the block', async () => {
  let seen;
  {
    await using child = start('pipe');
    expect(await child.remote.echo(1)).toBe(1);
    seen = child;
  }
  expect(seen.state).toBe('exited');
  await expect(seen.exited).resolves.toMatchObject({ code: 0 });
});

test('state moves from starting over ready and closing to exited', async () => {
  const child = start('pipe');
  expect(child.state).toBe('starting');
  await child.ready;
  expect(child.state).toBe('ready');
  const closed = child.close();
  expect(child.state).toBe('closing');
  await closed;
  expect(child.state).toBe('exited');
  expect(child.restarts).toBe(0);
});
