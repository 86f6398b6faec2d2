import { describe, expect, test, vi } from 'vitest';

import { fork, type Child } from 'portcall';

import { failureOf, fixture, gone, start, tracked, type Plain } from '../launch/children.ts';
import { script } from '../launch/script.ts';

describe.each(['fork', 'worker'])('a program with a supervised child in a %s', (kind) => {
  test('ends while the child waits to be started again, if nothing is asked of it', async () => {
    const ended = await script('restarting.js', [kind, 'idle']).ended;
    expect(ended).toMatchObject({ code: 0, stdout: 'CHILD_EXITED\nrestarting\n', stderr: '' });
  });

  test('waits for calls that wait for the next start', async () => {
    const ended = await script('restarting.js', [kind, 'call']).ended;
    expect(ended).toMatchObject({
      code: 0,
      stdout: 'CHILD_EXITED\nfrom the second life\nready\n',
      stderr: '',
    });
  });
});

describe.each(['pipe', 'worker'] as const)('over %s', (channel) => {
  test('ref() and unref() hold for all lives', async () => {
    const child = start(channel, { restart: { backoff: { minMs: 1 } } });
    child.unref();
    await failureOf(child.remote.exit(3));
    expect(await child.remote.echo(1)).toBe(1);
    child.ref();
    await failureOf(child.remote.exit(3));
    expect(await child.remote.echo(2)).toBe(2);
  });

  test('after restarts and close nothing is left', async () => {
    const cycle = async (): Promise<void> => {
      const child = start(channel, {
        restart: { backoff: { minMs: 1 } },
        heartbeat: { intervalMs: 50 },
        handleSignals: true,
      });
      for (let round = 0; round < 3; round++) {
        await failureOf(child.remote.exit(3));
        await child.with({ idempotent: true, kill: true, timeoutMs: 10_000 }).echo(round);
      }
      await child.close();
    };
    await cycle();
    // What the test before has left to end is no part of this one.
    await eventually(() => expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap'));
    const left = (): object => ({
      resources: process.getActiveResourcesInfo().toSorted(),
      signals: [process.listenerCount('SIGTERM'), process.listenerCount('SIGINT')],
      most: process.getMaxListeners(),
    });
    const before = left();
    await cycle();
    await eventually(() => expect(left()).toEqual(before));
  });
});

test('under random kills every call settles once, idempotent ones with their value', async () => {
  const child = tracked(
    fork<Plain>(fixture('plain.js'), {
      stderr: () => {},
      restart: { intensity: Infinity, backoff: { minMs: 1, maxMs: 5 } },
    }),
  );
  // A first start that is killed is not tried again.
  await child.ready;
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const pids = new Set<number>();
  const answered = new Set<number | undefined>();
  const counts = { made: 0, settled: 0, lost: 0 };
  const until = performance.now() + 2_000;
  const killer = setInterval(() => {
    // One that has not answered yet is spared: on a busy machine none would ever get that far.
    if (child.pid === undefined || !answered.has(child.pid)) return;
    pids.add(child.pid);
    process.kill(child.pid, 'SIGKILL');
  }, 250);
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      const id = ++counts.made;
      const idempotent = id % 2 === 0;
      const remote = idempotent ? child.with({ idempotent, retries: 100 }) : child.remote;
      const outcome = await remote.delay(id % 7, id).catch((error: unknown) => error);
      counts.settled++;
      if (outcome === id) {
        answered.add(child.pid);
        continue;
      }
      counts.lost++;
      expect([idempotent, outcome]).toMatchObject([false, { code: 'CHILD_EXITED', delivery: 'unknown' }]);
    }
  };
  await Promise.all(Array.from({ length: 50 }, caller));
  clearInterval(killer);
  await closed(child);
  process.off('unhandledRejection', unhandled);
  expect(counts.settled).toBe(counts.made);
  expect(child.restarts).toBeGreaterThan(3);
  expect(counts.lost).toBeGreaterThan(0);
  expect(unhandled).not.toHaveBeenCalled();
  for (const pid of pids) await gone(pid);
});

async function closed(child: Child<unknown>): Promise<void> {
  await child.close();
  expect(child.stats).toMatchObject({ pendingCalls: 0, queuedBytes: 0 });
}

/** Looks again at each turn of the event loop, without a timer, which would be one of the things that are looked for. */
async function eventually(check: () => void): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    try {
      return check();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
