// Twice what V8 makes of the bootstrap. The system gives memory only to what is written of it.
const mostBytes = 512 * 1024;

/**
 * Where the first thread leaves what V8 has compiled of the bootstrap, for all that this process starts after it: that
 * is most of what they would do until they are ready (see `child/compiled-in-memory.ts`, which alone reads and writes it).
 */
export const compiledCode: SharedArrayBuffer = new SharedArrayBuffer(mostBytes);
