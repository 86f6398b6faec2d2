import { fork, type RpcError } from 'portcall';
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

test.runIf(process.platform === 'linux').each(processChannels)(
  'over %s a stopped process that misses its heartbeats is killed',
  async (channel) => {
    const child = tracked(
      fork<Plain>(fixture('plain.js'), { channel, heartbeat: { intervalMs: 100, misses: 3 } }),
    );
    await child.ready;
    const outcome = failureOf(child.remote.never());
    await turn();
    process.kill(child.pid!, 'SIGSTOP');
    const error = (await outcome) as RpcError;
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown', exit: { signal: 'SIGKILL' } });
    expect(error.message).toContain('it was stopped and missed 3 heartbeats');
  },
);

describe.each(channels)('over %s', (channel) => {
  test('an endless loop is ended after heartbeat.maxBusyMs', async () => {
    const child = start(channel, { heartbeat: { intervalMs: 100, maxBusyMs: 500 } });
    const error = (await failureOf(child.remote.spin())) as RpcError;
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(error.message).toContain('it was busy for more than 500 ms (heartbeat.maxBusyMs)');
  });

  test('a legal CPU-bound call is not ended', async () => {
    const child = start(channel, { heartbeat: { intervalMs: 20, misses: 2 } });
    expect(await child.remote.compute(1_000)).toBe('computed');
    expect(await child.remote.echo(1)).toBe(1);
  });

  test('a child is not blamed for the time its parent was blocked', async () => {
    const child = start(channel, { heartbeat: { intervalMs: 20, maxBusyMs: 400 } });
    await child.ready;
    for (let round = 0; round < 3; round++) {
      block(600);
      await turn();
      await turn();
    }
    expect(await child.remote.echo('still there')).toBe('still there');
  });
});

describe('with a heartbeat of 1 s', () => {
  const heartbeat = { intervalMs: 1_000, misses: 3 };

  test.runIf(process.platform === 'linux')('a stopped process is dead within 4 s', async () => {
    const child = tracked(fork<Plain>(fixture('plain.js'), { heartbeat }));
    await child.ready;
    const outcome = failureOf(child.remote.never());
    await turn();
    const stoppedAt = performance.now();
    process.kill(child.pid!, 'SIGSTOP');
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED', exit: { signal: 'SIGKILL' } });
    expect(performance.now() - stoppedAt).toBeLessThan(4_000);
  });

  test('a legal computation of 3 s is not ended', async () => {
    const children = (['pipe', 'worker'] as const).map((channel) => start(channel, { heartbeat }));
    const calls = children.map((child) => child.remote.compute(3_000));
    expect(await Promise.all(calls)).toEqual(['computed', 'computed']);
  });
});

test('an endless loop with heartbeat.maxBusyMs of 3 s is dead within 4 s', async () => {
  const heartbeat = { intervalMs: 500, maxBusyMs: 3_000 };
  const children = (['pipe', 'worker'] as const).map((channel) => start(channel, { heartbeat }));
  await Promise.all(children.map(({ ready }) => ready));
  const began = performance.now();
  const deaths = children.map(async (child) => {
    expect(await failureOf(child.remote.spin())).toMatchObject({ code: 'CHILD_EXITED' });
    return performance.now() - began;
  });
  for (const deadAfterMs of await Promise.all(deaths)) {
    expect(deadAfterMs).toBeGreaterThan(3_000);
    expect(deadAfterMs).toBeLessThan(4_000);
  }
});

test.runIf(process.platform !== 'win32')('a process that was stopped for a moment is not ended', async () => {
  const child = tracked(fork<Plain>(fixture('plain.js'), { heartbeat: { intervalMs: 100, misses: 10 } }));
  await child.ready;
  process.kill(child.pid!, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 400));
  process.kill(child.pid!, 'SIGCONT');
  expect(await child.remote.delay(400, 'still there')).toBe('still there');
});

test('a heartbeat stops with its child and keeps no process alive', async () => {
  const child = start('pipe', { heartbeat: { intervalMs: 10 } });
  await child.remote.echo(1);
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await child.close();
  const after = timers();
  const bare = start('pipe');
  await bare.remote.echo(1);
  await bare.close();
  expect(timers()).toBeLessThanOrEqual(after);
});
