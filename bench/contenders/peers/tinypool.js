import { Tinypool } from 'tinypool';

const filename = new URL('./tasks.js', import.meta.url).href;

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'tinypool thread',
    family: 'peer',
    carrier: 'worker port',
    start: async () => subjectOf('worker_threads', 1),
    startPool: async (members) => subjectOf('worker_threads', members),
  },
  {
    name: 'tinypool process',
    family: 'peer',
    carrier: 'fork IPC',
    start: async () => subjectOf('child_process', 1),
    startPool: async (members) => subjectOf('child_process', members),
  },
];

/**
 * @param {'worker_threads' | 'child_process'} runtime
 * @param {number} members
 */
function subjectOf(runtime, members) {
  const pool = new Tinypool({
    filename,
    runtime,
    // Bytes and rich values need it.
    serialization: 'advanced',
    minThreads: members,
    maxThreads: members,
    // Processes of tinypool take one task at a time.
    concurrentTasksPerWorker: runtime === 'worker_threads' ? 64 : 1,
  });
  const add = { name: 'add' };
  const echo = { name: 'echo' };
  const busy = { name: 'busy' };
  return {
    add: (a, b) => pool.run([a, b], add),
    echo: (value) => pool.run(value, echo),
    echoBytes: (bytes) => pool.run(bytes, echo),
    echoRich: (value) => pool.run(value, echo),
    busy: (forMs) => pool.run(forMs, busy),
    stop: () => pool.destroy(),
  };
}
