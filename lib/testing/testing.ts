import type { Channel } from '../channel/channel.ts';

/** Two ends of one channel, which have not been opened. */
export interface ChannelPair {
  /** The end that mostly sends. */
  readonly here: Channel;
  /** The end that mostly receives. */
  readonly there: Channel;
  /** The largest batch that `there` takes, in bytes. At least 9 MiB, so that large payloads can be tried. */
  readonly messageBytes: number;
  /**
   * Keeps `there` from reading until the function it gives is called. Left out where an end that has not been opened
   * reads nothing.
   */
  stall?(): Promise<() => void> | (() => void);
  /**
   * Fulfils once an end that lives elsewhere has done what it was told to do so far. Left out where both ends do it at
   * once.
   */
  caughtUp?(): Promise<void>;
  /** Frees what the pair was made of. Called once, after both ends have been destroyed. */
  dispose?(): Promise<void> | void;
}

/** Makes a new pair for a case. */
export type MakeChannelPair = () => Promise<ChannelPair> | ChannelPair;

/** One thing that every channel has to do right. */
export interface ConformanceCase {
  /** What it is, as the rest of a sentence that begins with "a channel". */
  readonly name: string;
  /**
   * Tries it on a new pair.
   *
   * @throws Error that says what was expected of the channel and what it did
   */
  readonly run: (make: MakeChannelPair) => Promise<void>;
}
