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
