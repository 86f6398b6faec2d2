import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { MessagePort, Worker } from 'node:worker_threads';

import type { Channel } from '../channel/channel.ts';

/** A pair of streams: what the other side writes, and what it reads. */
export interface StreamPair {
  readonly readable: Readable;
  readonly writable: Writable;
}

/**
 * Whatever a session can be made over:
 *
 * - a `Worker` at the side that started it, and `parentPort` in the worker;
 * - one end of a `MessageChannel` that is used for nothing else;
 * - a `ChildProcess` with IPC at the side that forked it, and `process` in the child;
 * - a pair of streams, or one Duplex, that carry nothing else;
 * - a {@link Channel} of one's own.
 */
export type Endpoint = Worker | MessagePort | ChildProcess | NodeJS.Process | StreamPair | Duplex | Channel;
