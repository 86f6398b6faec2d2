/**
 * For those who write a channel, and for specs: channels in memory.
 *
 * @packageDocumentation
 */
export { memoryChannels, type MemoryChannelOptions } from './channel/memory.ts';
