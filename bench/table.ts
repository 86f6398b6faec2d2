// Measures contenders and prints one table. They take turns: every round gives each of them one turn in each scenario,
// so that whatever else the machine does meets all of them alike.
import { fork } from 'portcall';

import { contenders } from './contenders/all.ts';
import type { Contender } from './contenders/contender.ts';
import { optionsOf } from './options.ts';
import { scenarios } from './scenarios/all.ts';

const { rounds, turnMs, contender, scenario } = optionsOf(process.argv.slice(2));
const columns = scenarios.filter(({ name }) => name.includes(scenario));
const rows = contenders.filter(({ name, carrier }) => `${carrier} ${name}`.includes(contender));

const hosts = new Map(
  rows.map((row) => [row, fork<typeof import('./host.ts')>(new URL('./host.ts', import.meta.url))]),
);
// By contender and scenario, what each round has measured.
const measured = new Map<string, number[]>();
for (const [row, { remote }] of hosts) {
  await remote.start(row.name);
  // Compiled by V8 before it counts; on a busy machine that takes its time.
  for (const { name } of columns) await remote.turn(name, Math.max(turnMs, 1500));
}
for (let round = 0; round < rounds; round++) {
  for (const { name } of columns) {
    for (const [row, { remote }] of hosts) {
      times(row, name).push(await remote.turn(name, turnMs));
    }
  }
}
await Promise.all(
  [...hosts.values()].map(async (host) => {
    await host.remote.stop();
    await host.close();
  }),
);

console.log(
  `µs a call: median of ${rounds} turns of ${turnMs / 1000} s, and its ratio to the first of the group`,
);
console.log([''.padEnd(20), ...columns.map(({ name }) => name.padStart(22))].join(''));
for (const carrier of new Set(rows.map((row) => row.carrier))) {
  console.log(carrier);
  const group = rows.filter((row) => row.carrier === carrier);
  for (const row of group) {
    const cells = columns.map(({ name }) => cell(times(row, name), times(group[0]!, name)));
    console.log(`  ${[row.name.padEnd(18), ...cells].join('')}`);
  }
}

function times(row: Contender, column: string): number[] {
  const key = JSON.stringify([row.name, column]);
  let list = measured.get(key);
  if (list === undefined) measured.set(key, (list = []));
  return list;
}

/** The ratio is that of each round by itself: turns close in time are what can be compared. */
function cell(own: readonly number[], base: readonly number[]): string {
  const ratio = median(own.map((time, round) => time / base[round]!));
  return `${median(own).toFixed(2).padStart(13)} ${`${ratio.toFixed(2)} x`.padStart(8)}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
