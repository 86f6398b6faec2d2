import { bulkCases } from './bulk-cases.ts';
import { carryingCases } from './carrying-cases.ts';
import { deliveryCases } from './delivery-cases.ts';
import { endingCases } from './ending-cases.ts';
import { flowCases } from './flow-cases.ts';
import type { ConformanceCase } from './testing.ts';

/**
 * What every channel has to do right, as cases for any test runner. Each makes a new pair, throws an Error that says
 * what it had expected, and leaves nothing behind but what `dispose` does not free.
 *
 * Run it in both directions where the two ends are not of one kind.
 *
 * @example Under vitest
 * ```ts
 * import { channelConformance, memoryChannels } from 'portcall/testing';
 * import { describe, test } from 'vitest';
 *
 * const messageBytes = 10 * 1024 * 1024;
 *
 * describe('a channel in memory', () => {
 *   for (const { name, run } of channelConformance()) {
 *     test(name, () =>
 *       run(() => {
 *         const [here, there] = memoryChannels({ messageBytes });
 *         return { here, there, messageBytes };
 *       }),
 *     );
 *   }
 * });
 * ```
 *
 * @example Under node:test
 * ```ts
 * import { describe, it } from 'node:test';
 * import { channelConformance, memoryChannels, type ChannelPair } from 'portcall/testing';
 *
 * function pair(): ChannelPair {
 *   const messageBytes = 10 * 1024 * 1024;
 *   const [here, there] = memoryChannels({ messageBytes });
 *   return { here, there, messageBytes };
 * }
 *
 * void describe('a channel in memory', () => {
 *   for (const { name, run } of channelConformance()) void it(name, () => run(pair));
 * });
 * ```
 */
export function channelConformance(): readonly ConformanceCase[] {
  return [...deliveryCases, ...flowCases, ...bulkCases, ...carryingCases, ...endingCases];
}
