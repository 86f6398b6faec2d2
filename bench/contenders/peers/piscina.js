import { Piscina } from 'piscina';

const filename = new URL('./tasks.js', import.meta.url).href;

// Several tasks at a time on each member is the best setting for tasks this short.
const concurrentTasksPerWorker = 64;

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'piscina',
    family: 'peer',
    carrier: 'worker port',
    start: async () => subjectOf(1),
    startPool: async (members) => subjectOf(members),
  },
];

/** @param {number} members */
function subjectOf(members) {
  const pool = new Piscina({ filename, minThreads: members, maxThreads: members, concurrentTasksPerWorker });
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
