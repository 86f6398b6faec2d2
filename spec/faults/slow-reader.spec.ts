import { describe, expect, test } from 'vitest';

import type { ForkedChild, RpcError } from 'portcall';

import { outcome, overEach, targetOver, type Target } from './targets.ts';

const mib = 1024 * 1024;

describe.each(overEach)('over %s', (over) => {
  test.runIf(process.platform === 'linux')(
    'a reader that does not read while 100,000 calls of 1 KB are made: the excess is OVERLOADED, memory is bounded',
    { timeout: 60_000 },
    async () => {
      const child = targetOver(over, { limits: { queuedBytes: 8 * mib } });
      await child.remote.ping();
      // A process is stopped; a thread, which cannot be, computes.
      const frozen = over === 'worker' ? child.remote.freeze(5000) : undefined;
      const { pid } = child as ForkedChild<Target>;
      if (frozen === undefined) process.kill(pid!, 'SIGSTOP');
      const before = process.memoryUsage().rss;
      const text = 'x'.repeat(1024);
      let refused = 0;
      let unsent = 0;
      const waiting: Promise<unknown>[] = [];
      for (let made = 0; made < 100_000; made++) {
        const call = child.remote.size(text);
        waiting.push(
          call.catch((error: unknown) => {
            const { code, delivery } = error as RpcError;
            if (code !== 'OVERLOADED') throw error;
            refused++;
            if (delivery === 'not-sent') unsent++;
            return 1;
          }),
        );
        // As a caller would that makes them over time: each tick some.
        if (made % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
        if (made % 10_000 === 9999) {
          // What was refused need not be kept.
          expect(process.memoryUsage().rss - before).toBeLessThan(64 * mib + made * 512);
          expect(child.stats.queuedBytes).toBeLessThanOrEqual(8 * mib + mib);
        }
      }
      expect(refused).toBeGreaterThan(80_000);
      expect(unsent).toBe(refused);
      if (frozen === undefined) process.kill(pid!, 'SIGCONT');
      await frozen;
      // Whatever was taken is answered, once it reads again.
      expect(new Set(await Promise.all(waiting))).toEqual(new Set([1]));
      expect(await outcome(child.remote.ping())).toEqual({ value: 'pong' });
      expect(child.stats).toMatchObject({ pendingCalls: 0, queuedBytes: 0 });
    },
  );
});
