import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FixedClusterPool, FixedThreadPool } from 'poolifier';

const STOP_MS = 1_000;
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {readonly import('../contender.ts').Contender[]} */
export const contenders = [
  {
    name: 'poolifier thread',
    family: 'peer',
    carrier: 'worker port',
    start: async () => cloning(subjectOf(threads(1))),
    startPool: async (members) => subjectOf(threads(members)),
  },
  {
    name: 'poolifier process',
    family: 'peer',
    carrier: 'fork IPC',
    start: async () => subjectOf(processes(1)),
    startPool: async (members) => subjectOf(processes(members)),
  },
];

const threads = (members) => new FixedThreadPool(members, file('./poolifier.thread.js'));
const processes = (members) => new FixedClusterPool(members, file('./poolifier.process.cjs'));

function subjectOf(pool) {
  return {
    add: (a, b) => pool.execute([a, b], 'add'),
    echo: (value) => pool.execute(value, 'echo'),
    busy: (forMs) => pool.execute(forMs, 'busy'),
    // Of a pool that has just answered for the first time, it now and then never fulfils.
    stop: () => Promise.race([pool.destroy(), delay(STOP_MS, undefined, { ref: false })]),
  };
}

function cloning(subject) {
  return { ...subject, echoBytes: subject.echo, echoRich: subject.echo };
}
