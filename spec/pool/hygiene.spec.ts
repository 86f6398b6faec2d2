import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { coreBudget, type Pool } from 'portcall';
import { describe, expect, test, vi } from 'vitest';

import { failureOf, kinds, open, range, type Kind, type Work } from './pools.ts';

/** What this process holds: handles, listeners and entries of the system. */
function held(): Record<string, number> {
  const resources = process.getActiveResourcesInfo();
  const count = (...names: string[]): number => resources.filter((name) => names.includes(name)).length;
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)
      .length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    handles: count('PipeWrap', 'ProcessWrap', 'MessagePort'),
    timers: count('Timeout', 'Immediate'),
    threads: readdirSync('/proc/self/task').length,
  };
}

/** The life of a pool in which much goes wrong, ended in each of the ways there are. */
async function live(kind: Kind, round: number): Promise<void> {
  const controller = new AbortController();
  const budget = coreBudget(2);
  const pool: Pool<Work> = open(kind, {
    min: round % 2,
    max: 2,
    budget,
    handleSignals: true,
    idleTimeoutMs: 50,
    kill: true,
    cancelGraceMs: 20,
    recycle: { afterCalls: 5, aboveHeapBytes: 1e9 },
  });
  const calls = [
    ...range(8).map((n) => pool.remote.echo(n)),
    pool.remote.exit(1),
    pool.with({ signal: controller.signal }).never(),
    pool.with({ timeoutMs: 5, priority: 3, key: 'late' }).delay(1000),
    pool.with({ timeoutMs: 100 }).spin(),
  ].map((call) => Promise.resolve(call).catch(() => {}));
  await pool.remote.echo(1).catch(() => {});
  controller.abort(new RangeError('enough'));
  if (round % 3 === 0) await pool.terminate();
  else await pool.close({ graceMs: round % 3 === 1 ? 5000 : 10 });
  await Promise.all(calls);
  await failureOf(pool.remote.echo(1));
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  expect(budget.used).toBe(0);
}

describe.runIf(process.platform === 'linux').each(kinds)('after pools (%s)', (kind) => {
  test(
    'descriptors, handles, listeners, timers, threads and children are where they were',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < 6; round++) await live(kind, round);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const baseline = held();
      for (let round = 0; round < 12; round += 3) {
        await Promise.all([0, 1, 2].map((way) => live(kind, round + way)));
      }
      await vi.waitFor(
        () => {
          for (const [name, count] of Object.entries(held()))
            expect([name, count]).toEqual([name, Math.min(count, baseline[name]!)]);
        },
        { timeout: 10_000 },
      );
    },
  );
});
