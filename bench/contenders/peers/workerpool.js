import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';

const script = fileURLToPath(new URL('./workerpool.member.js', import.meta.url));

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'workerpool thread',
    family: 'peer',
    carrier: 'worker port',
    start: async () => cloning(subjectOf('thread', 1)),
    startPool: async (members) => subjectOf('thread', members),
  },
  {
    name: 'workerpool process',
    family: 'peer',
    carrier: 'fork IPC',
    start: async () => subjectOf('process', 1),
    startPool: async (members) => subjectOf('process', members),
  },
];

/**
 * @param {'thread' | 'process'} workerType
 * @param {number} members
 */
function subjectOf(workerType, members) {
  const pool = workerpool.pool(script, { workerType, minWorkers: members, maxWorkers: members });
  return {
    add: (a, b) => pool.exec('add', [a, b]),
    echo: (value) => pool.exec('echo', [value]),
    busy: (forMs) => pool.exec('busy', [forMs]),
    stop: async () => {
      await pool.terminate();
    },
  };
}

/** Its processes talk JSON, its threads do not. */
function cloning(subject) {
  return { ...subject, echoBytes: subject.echo, echoRich: subject.echo };
}
