import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

import type { ByteStream, ByteStreamEvents } from './byte-stream.ts';
import { handleOf, withFastReads } from './fast-reads.ts';
import { writeFully } from './write-fully.ts';

/** Streams that may hold the event loop: sockets, and what wraps them. */
interface Holding {
  ref?(): void;
  unref?(): void;
}

/**
 * A byte stream over Node streams: a pair, or one Duplex given twice.
 *
 * @param readable - What the other side writes; its encoding must not have been set, and nobody else reads it.
 * @param writable - What the other side reads.
 * @param fd - The file descriptor under `writable`, where it is this process's own: what is left when the process
 * exits is then still written.
 */
export function nodeStream(readable: Readable, writable: Writable, fd?: number): ByteStream {
  let events: ByteStreamEvents | undefined;
  // What has been written but not all taken by the system yet.
  let inFlight: readonly Uint8Array[] = [];
  let failure: Error | undefined;
  let told = false;
  let busy = false;
  // What arrived during a write or a read: a stream in memory hands the answer over before `write` has returned.
  const early: Buffer[] = [];

  const duplex = (readable as unknown) === writable;
  const fast =
    readable instanceof Socket ? withFastReads(readable, duplex, (bytes) => events?.data(bytes)) : undefined;
  const input: Readable = fast ?? readable;
  const output: Writable = duplex && fast !== undefined ? fast : writable;
  // Kept as it is now: in a stdio child the program's own view of stdout is about to be led elsewhere.
  const write = output.write.bind(output);
  const both: ReadonlySet<Readable | Writable> = new Set([input, output]);
  const open = new Set(both);

  const destroy = (): void => both.forEach((stream) => stream.destroy());
  const tellClosed = (): void => {
    if (open.size > 0 || told || events === undefined) return;
    told = true;
    events.closed(failure);
  };
  for (const stream of both) {
    stream.on('error', (error: Error) => {
      failure ??= error;
      // One direction without the other is no channel.
      destroy();
    });
    stream.on('close', () => {
      open.delete(stream);
      tellClosed();
    });
  }
  const read = (bytes: Buffer): void => {
    busy = true;
    events?.data(bytes);
    busy = false;
  };
  const readEarly = (): void => {
    for (let bytes = early.shift(); bytes !== undefined; bytes = early.shift()) read(bytes);
  };
  const arrived = (bytes: Buffer): void => {
    if (busy || early.length > 0) {
      if (early.push(bytes) === 1) process.nextTick(readEarly);
    } else {
      read(bytes);
    }
  };
  const written = (): void => {
    if (inFlight.length === 0 || output.writableLength > 0) return;
    inFlight = [];
    events?.written();
  };

  return {
    start(listener) {
      events = listener;
      if (fast === undefined) {
        input.on('data', (bytes: Buffer | string) =>
          arrived(typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
        );
      }
      input.on('end', () => {
        readEarly();
        listener.ended();
      });
      input.resume();
      // Some may have closed before they were given to us, others before now, when there was nobody to tell.
      for (const stream of both) if (stream.closed) open.delete(stream);
      process.nextTick(tellClosed);
    },
    write(chunks) {
      const outer = busy;
      busy = true;
      if (chunks.length > 1) output.cork();
      for (const chunk of chunks) write(chunk, written);
      if (chunks.length > 1) output.uncork();
      busy = outer;
      if (output.writableLength === 0) return true;
      inFlight = chunks;
      return false;
    },
    // Other streams may hand on the memory itself.
    copies: output instanceof Socket,
    end: () => void output.end(),
    destroy,
    ref: () => both.forEach((stream) => (stream as Holding).ref?.()),
    unref: () => both.forEach((stream) => (stream as Holding).unref?.()),
    ...(fd !== undefined && {
      writeSync(chunks: readonly Uint8Array[]) {
        const unsent = Math.min(
          handleOf(output)?.writeQueueSize ?? 0,
          inFlight.reduce((sum, c) => sum + c.byteLength, 0),
        );
        if (unsent > 0) writeFully(fd, Buffer.concat(inFlight).subarray(-unsent));
        inFlight = [];
        for (const chunk of chunks) writeFully(fd, chunk);
      },
    }),
  };
}
