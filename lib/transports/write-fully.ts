import { writeSync } from 'node:fs';

// Longer than any reader takes that still reads, shorter than a person waits for a program to end.
const patienceMs = 2000;

/**
 * Writes bytes to a file descriptor that may be non-blocking, waiting where its buffer is full.
 *
 * Gives up when the reader takes nothing for two seconds or is gone: the process is about to end.
 */
export function writeFully(fd: number, bytes: Uint8Array): void {
  let at = 0;
  let lastProgress = performance.now();
  while (at < bytes.byteLength) {
    try {
      at += writeSync(fd, bytes, at);
      lastProgress = performance.now();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      if (performance.now() - lastProgress > patienceMs) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
