import type { KeptCode } from './kept-code.ts';

// What the memory holds: whether nobody has left anything there, somebody is about to, or has; then how many bytes the
// name of the file has, its text, and what V8 has compiled; then these.
const free = 0;
const taken = 1;
const filled = 2;

/**
 * What threads of one process leave for each other, in memory that the launcher gives to all of them. None but the first
 * reads the file: that would also take more memory, which each thread then keeps.
 *
 * @param memory - Absent in a thread that somebody else has started, which the bootstrap will say.
 * @param file - The file of the bootstrap.
 */
export function codeInMemory(memory: SharedArrayBuffer | undefined, file: string): KeptCode {
  if (memory === undefined) return {};
  const head = new Int32Array(memory, 0, 4);
  const bytes = Buffer.from(memory, head.byteLength);
  switch (Atomics.load(head, 0)) {
    case free:
      return { leave };
    case filled:
      return read();
    default:
      return {};
  }

  function read(): KeptCode {
    const [, nameBytes = 0, textBytes = 0, compiledBytes = 0] = head;
    const end = nameBytes + textBytes;
    if (bytes.toString('utf8', 0, nameBytes) !== file) return {};
    return {
      text: bytes.toString('latin1', nameBytes, end),
      compiled: bytes.subarray(end, end + compiledBytes),
    };
  }

  /** Soon after the start, or at the end where that comes first: by then all that answers a call is compiled. */
  function leave(text: string, make: () => Uint8Array): void {
    const leaveNow = (): void => {
      clearTimeout(timer);
      process.off('exit', leaveNow);
      if (Atomics.compareExchange(head, 0, free, taken) !== free) return;
      const parts = [Buffer.from(file), Buffer.from(text, 'latin1'), make()];
      const all = Buffer.concat(parts);
      // It stays taken where there is no room: no other thread need try.
      if (all.length > bytes.length) return;
      bytes.set(all);
      head.set(
        parts.map(({ length }) => length),
        1,
      );
      Atomics.store(head, 0, filled);
    };
    const timer = setTimeout(leaveNow, 100).unref();
    process.on('exit', leaveNow);
  }
}
