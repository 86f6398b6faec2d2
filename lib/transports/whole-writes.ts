import { fstatSync } from 'node:fs';

// What POSIX asks of pipes.
const anywhereBytes = 4096;

// Linux passes on what is written to a socket within the machine in pieces of this size at least: so much is taken
// whole, or not at all.
const linuxSocketBytes = 32 * 1024;

/**
 * How much one write to a descriptor may hold for the system to keep it whole beside what others write there.
 *
 * @param fd - A pipe, or what Node gives its children in the place of one: a socket.
 */
export function wholeWriteBytes(fd: number): number {
  try {
    return process.platform === 'linux' && fstatSync(fd).isSocket() ? linuxSocketBytes : anywhereBytes;
  } catch {
    return anywhereBytes;
  }
}
