import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';

const script = fileURLToPath(new URL('../work.js', import.meta.url));

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'jest-worker thread',
    family: 'peer',
    carrier: 'worker port',
    start: async () => subjectOf(true, 1),
    startPool: async (members) => subjectOf(true, members),
  },
  {
    name: 'jest-worker process',
    family: 'peer',
    carrier: 'fork IPC',
    start: async () => subjectOf(false, 1),
    startPool: async (members) => subjectOf(false, members),
  },
];

/**
 * @param {boolean} enableWorkerThreads
 * @param {number} numWorkers
 */
function subjectOf(enableWorkerThreads, numWorkers) {
  const worker = new Worker(script, {
    enableWorkerThreads,
    numWorkers,
    exposedMethods: ['add', 'busy', 'echo'],
  });
  return {
    add: (a, b) => worker.add(a, b),
    echo: (value) => worker.echo(value),
    // Its processes use the advanced serialization.
    echoBytes: (bytes) => worker.echo(bytes),
    echoRich: (value) => worker.echo(value),
    busy: (forMs) => worker.busy(forMs),
    stop: async () => void (await worker.end()),
  };
}
