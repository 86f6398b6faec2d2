// Compares contenders in scenarios, on all cores and pinned to one, and prints a table for each.
//
//   npm run bench -- --rounds 9 --seconds 0.5 --contender worker --scenario 64 --pinned
//
// How fast an idle core wakes up is a matter of luck on virtual machines; latencies are worth comparing pinned.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { optionsOf } from './options.ts';

const { pinned, unpinned } = optionsOf(process.argv.slice(2));
const table = fileURLToPath(new URL('./table.ts', import.meta.url));
const node = [process.execPath, ...process.execArgv, table, ...process.argv.slice(2)];

if (unpinned) run('on all cores', node);
if (pinned) {
  if (spawnSync('taskset', ['--version']).status === 0) {
    // The second core where there is one: the first serves most interrupts.
    const core = Math.min(1, cpus().length - 1);
    run(`pinned to core ${core}`, ['taskset', '-c', `${core}`, ...node]);
  } else {
    console.log('\nnothing pinned: there is no taskset here');
  }
}

function run(title: string, [command, ...args]: readonly string[]): void {
  console.log(`\n${title}`);
  const { status, error } = spawnSync(command!, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exitCode = 1;
}
