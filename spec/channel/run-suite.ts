import { describe, test } from 'vitest';

import { channelConformance } from '../../lib/testing/channel-conformance.ts';
import type { ChannelPair } from '../../lib/testing/testing.ts';

/** The limit of the channels that the suite is run over. */
export const messageBytes = 10 * 1024 * 1024;

/** Which end of the pair sends. */
export type Direction = 'from here' | 'from there';

/**
 * Runs every case over a channel, once in each direction.
 *
 * @param make - Makes the pair whose `here` is the end that the direction says.
 */
export function runSuite(
  channel: string,
  make: (direction: Direction) => ChannelPair | Promise<ChannelPair>,
): void {
  describe.each(['from here', 'from there'] as const)(`${channel}, %s`, (direction) => {
    for (const { name, run } of channelConformance()) test(name, () => run(() => make(direction)));
  });
}
