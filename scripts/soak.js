// npm run soak -- --minutes N --seed S: children that are killed, stopped and closed while calls of every kind go to
// them, and sessions over channels in chaos. What must be true is looked at each second; the figures come last, as JSON.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fork } from 'portcall';

import { children, held, opened } from './soak/held.js';
import { Lane } from './soak/lane.js';
import { Ledger } from './soak/ledger.js';
import { mostMembers } from './soak/pools.js';
import { targets } from './soak/targets.js';
import { Throughput } from './soak/throughput.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
const folder = mkdtempSync(join(tmpdir(), 'portcall-soak-'));
const ledger = new Ledger();
const random = randomFrom(Number(values.seed));

process.on('unhandledRejection', (error) => ledger.problem(`unhandled rejection: ${String(error)}`));
process.on('uncaughtException', (error) => ledger.problem(`uncaught: ${error.stack ?? String(error)}`));
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') ledger.problem(String(warning));
});

/** @param {number} seed */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const lanes = Object.entries(targets(folder, ledger, random)).map(
  ([name, launch]) => new Lane(name, launch, ledger, random),
);

// Node keeps a descriptor of /dev/null for as long as it lives once it has made a stream: before the baseline.
await once(spawn(process.execPath, ['-e', '0'], { stdio: 'pipe' }), 'exit');
// And one of the file in which processes share code is kept, once there have been two.
for (let kept = 0; kept < 2; kept++) {
  const child = fork(new URL('../spec/fixtures/faults/soaked-functions.js', import.meta.url));
  await child.ready;
  await child.close();
}
const baseline = held();
const openedBefore = opened();
const throughput = new Throughput();
const running = lanes.map((lane) => lane.run());
let mostMemory = 0;
/** @type {number[]} */
const descriptors = [];
let calmMemory = 0;
for (let second = 0; second < minutes * 60; second++) {
  await sleep(1000);
  ledger.checkSums();
  throughput.look(ledger.answered);
  const now = held();
  // Four processes, and those of a pool; each may be ending while the next begins, and has something open.
  if (now.children > baseline.children + 2 * (4 + mostMembers)) ledger.problem(`${now.children} children`);
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

const figures = throughput.summary(ledger.answered);
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
if (!atBaseline(after)) {
  const more = [...opened()].filter(([fd, link]) => openedBefore.get(fd) !== link);
  ledger.problem(`left behind: ${JSON.stringify({ baseline, after, opened: Object.fromEntries(more) })}`);
}
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
console.log(
  JSON.stringify(
    {
      minutes,
      seed: Number(values.seed),
      issued: ledger.issued,
      settled: ledger.settled,
      lives: sum(lanes.map((lane) => lane.lives)),
      ends,
      ...figures,
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
