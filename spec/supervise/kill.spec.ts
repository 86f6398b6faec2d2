import { MessageChannel } from 'node:worker_threads';
import { connect, type Child, type ModuleOptions, type RpcError } from 'portcall';
import { describe, expect, test } from 'vitest';

import { channels, failureOf, fixture, start, turn, type AnyChannel } from '../launch/children.ts';

type Stubborn = typeof import('../fixtures/lives/stubborn.js');

function stubborn(channel: AnyChannel, options: ModuleOptions = {}): Child<Stubborn> {
  return start<Stubborn>(channel, { cancelGraceMs: 200, ...options }, fixture('stubborn.js'));
}

describe.each(channels)('over %s with({ kill: true })', (channel) => {
  test('ends an endless loop within the grace and 200 ms, and tells the other calls why', async () => {
    const child = stubborn(channel);
    await child.ready;
    const other = failureOf(child.remote.never());
    const spinning = child.with({ kill: true, timeoutMs: 100 }).spins();
    const began = performance.now();
    expect(await failureOf(spinning)).toMatchObject({ code: 'TIMEOUT', delivery: 'unknown' });
    const rejectedAfterMs = performance.now() - began;
    const error = (await other) as RpcError;
    const deadAfterMs = performance.now() - began - rejectedAfterMs;
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(error.message).toContain(
      'because spins() had been cancelled and did not end within 200 ms (kill, cancelGraceMs)',
    );
    expect(deadAfterMs).toBeLessThan(400);
    await child.exited;
  });
});

describe.each(['pipe', 'worker'] as const)('over %s with({ kill: true })', (channel) => {
  test('leaves a child alone whose function heeds its signal', async () => {
    const child = stubborn(channel);
    await child.ready;
    const controller = new AbortController();
    const { signal } = controller;
    const call = failureOf(child.with({ kill: true, signal }).heeds(signal));
    await turn();
    controller.abort('enough');
    expect(await call).toBe('enough');
    await expect(failureOf(child.with({ timeoutMs: 400 }).never())).resolves.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(await child.remote.echo('still there')).toBe('still there');
  });

  test('ends a child whose function does not heed its signal although it loops not', async () => {
    const child = stubborn(channel);
    await child.ready;
    const controller = new AbortController();
    const { signal } = controller;
    const call = failureOf(child.with({ kill: true, signal }).ignores(signal));
    await turn();
    controller.abort('enough');
    expect(await call).toBe('enough');
    expect(await child.remote.echo('not dead yet')).toBe('not dead yet');
    expect(await failureOf(child.remote.never())).toMatchObject({ code: 'CHILD_EXITED' });
  });

  test('replaces the child at once where it is supervised, as often as it takes', async () => {
    const reasons: string[] = [];
    const child = stubborn(channel, {
      cancelGraceMs: 20,
      restart: { intensity: 0, backoff: { minMs: 60_000 } },
      onRestart: ({ reason, delayMs }) => reasons.push(`${reason} ${delayMs}`),
    });
    for (let round = 1; round <= 3; round++) {
      await child.remote.echo('ready');
      await failureOf(child.with({ kill: true, timeoutMs: 50 }).spins());
      // It may be sent to the child before that is dead.
      expect(await child.with({ idempotent: true }).echo(round)).toBe(round);
    }
    expect(reasons).toEqual(['killed 0', 'killed 0', 'killed 0']);
  });

  test('kills nothing for a call that was never sent', async () => {
    const child = stubborn(channel, { cancelGraceMs: 1 });
    const controller = new AbortController();
    const call = failureOf(child.with({ kill: true, signal: controller.signal }).never());
    controller.abort('enough');
    expect(await call).toBe('enough');
    await failureOf(child.with({ timeoutMs: 200 }).never());
    expect(await child.remote.echo('still there')).toBe('still there');
  });

  test('never kills with cancelGraceMs: Infinity', async () => {
    const child = stubborn(channel, { cancelGraceMs: Infinity });
    await child.ready;
    await failureOf(child.with({ kill: true, timeoutMs: 20 }).ignores());
    await failureOf(child.with({ timeoutMs: 200 }).never());
    expect(await child.remote.echo('still there')).toBe('still there');
  });
});

test('with({ kill: true }) of a session without a child is refused', async () => {
  const { port1, port2 } = new MessageChannel();
  const far = connect(port2, { expose: {} });
  const near = connect(port1);
  expect(() => near.with({ kill: true })).toThrow('kill is for the children of fork(), worker() and spawn()');
  await Promise.all([near.close(), far.close()]);
});
