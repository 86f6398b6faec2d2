// npm run soak -- --minutes N --seed S: children that are killed, stopped and closed while calls of every kind go to
// them, and sessions over channels in chaos. What must be true is looked at each second; the figures come last, as JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { connect, fork, worker } from 'portcall';
import { chaosChannel, memoryChannels } from 'portcall/testing';

import { functions } from '../spec/fixtures/faults/soaked-functions.js';
import { children, held, opened } from './soak/held.js';
import { Lane } from './soak/lane.js';
import { Ledger } from './soak/ledger.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
const module = new URL('../spec/fixtures/faults/soaked.js', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'portcall-soak-'));
const ledger = new Ledger();
const random = randomFrom(Number(values.seed));
let journals = 0;

process.on('unhandledRejection', (error) => ledger.problem(`unhandled rejection: ${String(error)}`));
process.on('uncaughtException', (error) => ledger.problem(`uncaught: ${error.stack ?? String(error)}`));
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') ledger.problem(String(warning));
});

/** @typedef {typeof import('../spec/fixtures/faults/soaked.js')} Soaked */

/** @param {'pipe' | 'ipc' | 'stdio'} channel @returns {import('./soak/lane.js').Target} */
function forked(channel) {
  const journal = join(folder, `${++journals}`);
  const options = { channel, argv: [journal], stderr: /** @type {const} */ ('ignore'), onError: () => {} };
  const launched = /** @type {import('portcall').ForkedChild<Soaked>} */ (fork(module, options));
  return { child: launched, journal, pid: () => launched.pid, gone: launched.exited };
}

/** A child that is started again whenever it ends. @returns {import('./soak/lane.js').Target} */
function supervised() {
  const journal = join(folder, `${++journals}`);
  const restart = { intensity: 1000, periodMs: 1000, backoff: { minMs: 1 } };
  const launched = /** @type {import('portcall').ForkedChild<Soaked>} */ (
    fork(module, { argv: [journal], stderr: 'ignore', onError: () => {}, restart })
  );
  return { child: launched, journal, pid: () => launched.pid, gone: launched.exited, lasts: true };
}

/** @returns {import('./soak/lane.js').Target} */
function thread() {
  const journal = join(folder, `${++journals}`);
  const child = /** @type {import('portcall').WorkerChild<Soaked>} */ (
    worker(module, { argv: [journal], stderr: 'ignore', onError: () => {} })
  );
  return { child, journal, pid: () => undefined, gone: child.exited };
}

/** A session in this process over a channel on which everything goes wrong. @returns {import('./soak/lane.js').Target} */
function chaos() {
  const [here, there] = memoryChannels();
  const seed = () => Math.floor(random() * 2 ** 31);
  const rough = { delayMs: 3, split: 0.3, stall: 0.05, duplicate: 0.2, truncate: 0.001, halfClose: 0 };
  /** @type {number[]} */
  const executed = [];
  const far = connect(chaosChannel(there, { ...rough, seed: seed() }), {
    // Nothing here may end this process.
    expose: { ...functions((call) => executed.push(call)), die: () => new Promise(() => {}) },
    onError: () => {},
  });
  const session = /** @type {import('portcall').Session<Soaked>} */ (
    connect(chaosChannel(here, { ...rough, seed: seed() }), { onError: () => {} })
  );
  const journal = `in memory ${++journals}`;
  ledger.inMemory(journal, executed);
  const gone = Promise.all([session.closed, far.closed]);
  const end = async () => {
    await session.close({ graceMs: 0 });
    await far.close({ graceMs: 0 });
  };
  const child = {
    remote: session.remote,
    with: (/** @type {import('portcall').CallOptions} */ options) => session.with(options),
    close: end,
    terminate: end,
    get stats() {
      return session.stats;
    },
  };
  return { child, journal, pid: () => undefined, gone };
}

/** @param {number} seed */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const lanes = [
  new Lane('pipe', () => forked('pipe'), ledger, random),
  new Lane('ipc', () => forked('ipc'), ledger, random),
  new Lane('stdio', () => forked('stdio'), ledger, random),
  new Lane('supervised', supervised, ledger, random),
  new Lane('worker', thread, ledger, random),
  new Lane('chaos', chaos, ledger, random),
];

// Once through everything, so that what is made once and kept is there before the baseline.
const baseline = held();
const begun = performance.now();
const running = lanes.map((lane) => lane.run());
let mostMemory = 0;
/** @type {number[]} */
const descriptors = [];
let calmMemory = 0;
/** @type {number[]} */
const perSecond = [];
let before = 0;
for (let second = 0; second < minutes * 60; second++) {
  await sleep(1000);
  ledger.checkSums();
  perSecond.push(ledger.settled - before);
  before = ledger.settled;
  const now = held();
  // Three processes, of which one may be ending while the next begins, and what each has open.
  if (now.children > baseline.children + 6) ledger.problem(`${now.children} children`);
  // A thread that loads its modules has each of them open for a moment.
  descriptors.push(now.descriptors);
  const fewest = Math.min(...descriptors.slice(-10));
  if (fewest > baseline.descriptors + 60) ledger.problem(`${fewest} descriptors for ten seconds`);
  if (now.listeners > baseline.listeners + 30) ledger.problem(`${now.listeners} listeners`);
  const { rss } = process.memoryUsage();
  mostMemory = Math.max(mostMemory, rss);
  if (second === 30) calmMemory = rss;
  if (ledger.pending > 24 * lanes.length + lanes.length)
    ledger.problem(`${ledger.pending} calls are pending`);
}

for (const lane of lanes) lane.stop();
const late = new AbortController();
await Promise.race([Promise.all(running), sleep(30_000, undefined, { signal: late.signal }).catch(() => {})]);
late.abort();
for (const lane of lanes)
  if (lane.state !== 'ended') ledger.problem(`${lane.name} did not end in 30 s: ${lane.state}`);
ledger.checkSums();
if (ledger.pending > 0) ledger.problem(`${ledger.pending} calls never settled`);
// Descriptors close in the turns after an exit.
let after = held();
for (let turn = 0; turn < 300 && !atBaseline(after); turn++) {
  await sleep(10);
  after = held();
}
if (!atBaseline(after))
  ledger.problem(`left behind: ${JSON.stringify({ baseline, after, opened: opened() })}`);
const orphans = children();
if (orphans.length > 0) ledger.problem(`orphans: ${orphans.join(', ')}`);
rmSync(folder, { recursive: true, force: true });

/** @param {ReturnType<typeof held>} now */
function atBaseline(now) {
  return (
    now.children <= baseline.children &&
    now.descriptors <= baseline.descriptors &&
    now.handles <= baseline.handles &&
    now.listeners <= baseline.listeners
  );
}

const sum = (/** @type {readonly number[]} */ list) => list.reduce((total, one) => total + one, 0);
/** @type {Record<string, number>} */
const ends = {};
for (const lane of lanes)
  for (const [way, count] of Object.entries(lane.ends)) ends[way] = (ends[way] ?? 0) + count;
const half = Math.floor(perSecond.length / 2);
console.log(
  JSON.stringify(
    {
      minutes,
      seed: Number(values.seed),
      issued: ledger.issued,
      settled: ledger.settled,
      lives: sum(lanes.map((lane) => lane.lives)),
      ends,
      callsPerSecond: Math.round(ledger.settled / ((performance.now() - begun) / 1000)),
      callsPerSecondInEachHalf: [
        Math.round(sum(perSecond.slice(0, half)) / Math.max(1, half)),
        Math.round(sum(perSecond.slice(half)) / Math.max(1, perSecond.length - half)),
      ],
      rssMiB: {
        after30s: Math.round(calmMemory / 2 ** 20),
        most: Math.round(mostMemory / 2 ** 20),
        end: Math.round(process.memoryUsage().rss / 2 ** 20),
      },
      outcomes: Object.fromEntries(
        Object.entries(ledger.outcomes).toSorted(([a], [b]) => a.localeCompare(b)),
      ),
      problems: ledger.problems.length,
    },
    null,
    2,
  ),
);
process.exitCode = ledger.problems.length === 0 ? 0 : 1;
