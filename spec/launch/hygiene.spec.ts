import { readdirSync, readFileSync } from 'node:fs';
import { getEventListeners } from 'node:events';
import { fork, worker, type Child } from 'portcall';
import { describe, expect, test } from 'vitest';

import { channels, failureOf, fixture, turn, type AnyChannel, type Plain } from './children.ts';

/** What this process holds; children come and go with descriptors, handles, listeners and entries of the system. */
function held(): Record<string, number> {
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const listeners = [process, process.stdout, process.stderr].flatMap((emitter) =>
    emitter.eventNames().map((name) => emitter.listenerCount(name)),
  );
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)
      .length,
    listeners: listeners.reduce((sum, count) => sum + count, 0),
    handles: (resources['PipeWrap'] ?? 0) + (resources['ProcessWrap'] ?? 0) + (resources['MessagePort'] ?? 0),
    threads: readdirSync('/proc/self/task').length,
  };
}

function launch(channel: AnyChannel): Child<Plain> {
  const options = { stdout: 'pipe', stderr: 'pipe', heartbeat: { intervalMs: 50 } } as const;
  return channel === 'worker'
    ? worker<Plain>(fixture('plain.js'), options)
    : fork<Plain>(fixture('plain.js'), { channel, ...options });
}

/** One life, ended in each of the ways there are. */
async function live(channel: AnyChannel, round: number): Promise<void> {
  const child = launch(channel);
  const { signal } = new AbortController();
  switch (round % 5) {
    case 0:
      await child.with({ timeoutMs: 10_000, signal }).echo(round);
      await child.close();
      break;
    case 1: {
      const outcome = failureOf(child.remote.never());
      await child.remote.echo(round);
      await child.terminate();
      await outcome;
      break;
    }
    case 2:
      await child.terminate();
      break;
    case 3:
      await failureOf(child.remote.exit(3));
      await child.exited;
      break;
    case 4:
      await failureOf(child.remote.throwLater());
      await child.exited;
      break;
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
}

/** What closes closes over the next turns of the event loop. */
async function settled(baseline: Record<string, number>): Promise<Record<string, number>> {
  let now = held();
  for (let i = 0; i < 200 && Object.keys(now).some((name) => now[name]! > baseline[name]!); i++) {
    await turn();
    await new Promise((resolve) => setTimeout(resolve, 10));
    now = held();
  }
  return now;
}

describe.runIf(process.platform === 'linux')('descriptors, handles, listeners, threads and children', () => {
  test.each(channels)(
    'are where they were after many lives over %s',
    { timeout: 60_000 },
    async (channel) => {
      // What is made once and kept: loaders, pools of threads.
      for (let round = 0; round < 5; round++) await live(channel, round);
      const baseline = await settled(held());
      const lives = channel === 'worker' ? 50 : 15;
      for (let round = 0; round < lives; round += 5) {
        await Promise.all([0, 1, 2, 3, 4].map((way) => live(channel, way)));
      }
      const after = await settled(baseline);
      for (const [name, count] of Object.entries(after))
        expect([name, count]).toEqual([name, Math.min(count, baseline[name]!)]);
    },
  );

  test('are where they were after children that could not be started', async () => {
    const attempt = async (): Promise<void> => {
      await failureOf(fork(fixture('nowhere.js'), { stderr: 'ignore' }).ready);
      await failureOf(fork(fixture('plain.js'), { execPath: '/no/such/node' }).ready);
      await failureOf(worker(fixture('nowhere.js'), { stderr: 'ignore' }).ready);
      expect(() => worker(fixture('plain.js'), { workerData: () => {} })).toThrow();
      expect(() => worker(fixture('plain.js'), { execArgv: ['--expose-gc'] })).toThrow();
    };
    await attempt();
    const baseline = await settled(held());
    for (let round = 0; round < 5; round++) await attempt();
    const after = await settled(baseline);
    for (const [name, count] of Object.entries(after))
      expect([name, count]).toEqual([name, Math.min(count, baseline[name]!)]);
  });
});
