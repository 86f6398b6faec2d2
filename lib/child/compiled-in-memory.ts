import type { LaunchedWorkerData } from '../connect/launch-note.ts';
import type { Compiled } from './compiled.ts';

// What the memory holds: whether nobody has left anything there, somebody is about to, or has; then how many bytes,
// of which build, and the bytes.
const free = 0;
const taken = 1;
const filled = 2;

/** What threads of one process leave for each other, in memory that the launcher gives to all of them. */
export function compiledInMemory(
  { workerData }: Pick<typeof import('node:worker_threads'), 'workerData'>,
  build: string,
): Compiled {
  const memory = (workerData as Partial<LaunchedWorkerData> | null)?.code;
  // Started by somebody else, which the bootstrap will say.
  if (memory === undefined) return { found: undefined };
  const state = new Int32Array(memory, 0, 2);
  const buildThere = new Uint8Array(memory, state.byteLength, build.length);
  const bytesThere = new Uint8Array(memory, state.byteLength + build.length);
  const ofThisBuild = (): boolean => String.fromCharCode(...buildThere) === build;

  /** Soon after the start, or at the end where that comes first: by then all that answers a call is compiled. */
  const leave = (make: () => Uint8Array): void => {
    const leaveNow = (): void => {
      clearTimeout(timer);
      process.off('exit', leaveNow);
      if (Atomics.compareExchange(state, 0, free, taken) !== free) return;
      const bytes = make();
      // It stays taken where there is no room: no other thread need try.
      if (bytes.length > bytesThere.length) return;
      bytesThere.set(bytes);
      buildThere.set(Array.from(build, (sign) => sign.charCodeAt(0)));
      state[1] = bytes.length;
      Atomics.store(state, 0, filled);
    };
    const timer = setTimeout(leaveNow, 100).unref();
    process.on('exit', leaveNow);
  };

  const there = Atomics.load(state, 0);
  return {
    found: there === filled && ofThisBuild() ? bytesThere.subarray(0, state[1]) : undefined,
    ...(there === free && { leave }),
  };
}
