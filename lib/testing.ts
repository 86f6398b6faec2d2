/**
 * For those who write a channel, and for specs: what every channel has to do right, and channels in memory.
 *
 * @packageDocumentation
 */
export { memoryChannels, type MemoryChannelOptions } from './channel/memory.ts';
export { channelConformance } from './testing/channel-conformance.ts';
export type { ChannelPair, ConformanceCase, MakeChannelPair } from './testing/testing.ts';
export { chaosChannel } from './testing/chaos-channel.ts';
export type { ChaosOptions } from './testing/chaos-options.ts';
