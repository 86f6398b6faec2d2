import { fork } from 'portcall';
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
import { script } from './script.ts';

describe.each(channels)('over %s', (channel) => {
  test('the reply that is in the buffer wins when the caller was blocked past its deadline', async () => {
    const child = start(channel);
    await child.ready;
    const reply = child.with({ timeoutMs: 100 }).echo('in time');
    await turn();
    block(600);
    expect(await reply).toBe('in time');
  });

  test('a deadline that passes without a reply still rejects', async () => {
    const child = start(channel);
    await child.ready;
    const reply = failureOf(child.with({ timeoutMs: 100 }).never());
    await turn();
    block(300);
    expect(await reply).toMatchObject({ code: 'TIMEOUT', delivery: 'unknown' });
  });
});

test.each(processChannels)(
  'over %s the reply wins when the caller was stopped past its deadline',
  async (channel) => {
    const parent = script('stopped-caller.js', [channel]);
    await expect(parent.ended).resolves.toMatchObject({ code: 0, stdout: 'got the reply\n' });
  },
);

test('a stopped child does not hold up a deadline', async () => {
  const child = tracked(fork<Plain>(fixture('plain.js')));
  await child.ready;
  process.kill(child.pid!, 'SIGSTOP');
  await expect(child.with({ timeoutMs: 50 }).echo(1)).rejects.toMatchObject({ code: 'TIMEOUT' });
  process.kill(child.pid!, 'SIGCONT');
  expect(await child.remote.echo('late replies are no trouble')).toBe('late replies are no trouble');
  expect(child.stats.ignoredMessages).toBeGreaterThanOrEqual(0);
});
