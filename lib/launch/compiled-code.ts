// More than twice the bootstrap and what V8 makes of it. The system gives memory only to what is written of it.
const mostBytes = 1024 * 1024;

/**
 * Where the first thread leaves the bootstrap and what V8 has compiled of it, for all that this process starts after it: to
 * compile it is most of what they would do until they are ready (see `child/code-in-memory.ts`, which alone reads and
 * writes it).
 */
export const compiledCode: SharedArrayBuffer = new SharedArrayBuffer(mostBytes);
