// Measures Portcall beside raw channels and other packages, on all cores and pinned to one, and prints tables.
//
//   npm run bench                                     everything, some 40 minutes; writes bench/results.md and docs/speed.svg
//   npm run bench -- --contender worker --scenario 64 --pinned --rounds 9 --seconds 0.5 --run-in 2
//   npm run bench -- --targets --out node-24.md       only what the targets need, a few minutes; --out works for all
//   npm run bench -- --no-peers                       without installing them
//   npm run bench -- --smoke                          a short run for CI, which fails when something has collapsed
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Measured } from './measured.ts';
import { optionsOf } from './options.ts';
import { installPeers } from './peers.ts';
import { drawing } from './report/drawing.ts';
import { results } from './report/results.ts';
import { collapses } from './smoke.ts';

const args = process.argv.slice(2);
const options = optionsOf(args);
if (options.peers) installPeers();

const free = options.unpinned ? measure('on all cores', [], '--unpinned') : undefined;
const pinned = options.pinned ? pinnedToOneCore() : undefined;

const text = results(options, free, pinned);
console.log(text);
if (options.out !== undefined) writeFileSync(options.out, text);
if (options.whole && free !== undefined)
  writeFileSync(new URL('../docs/speed.svg', import.meta.url), drawing(free));
if (options.smoke && free !== undefined) judge(free);

function pinnedToOneCore(): Measured | undefined {
  if (spawnSync('taskset', ['--version']).status !== 0) {
    console.error('nothing pinned: there is no taskset here');
    return undefined;
  }
  // The second core where there is one: the first serves most interrupts.
  const core = Math.min(1, cpus().length - 1);
  return measure(`pinned to core ${core}`, ['taskset', '-c', `${core}`], '--pinned');
}

function measure(title: string, before: readonly string[], which: string): Measured {
  console.error(title);
  const folder = mkdtempSync(join(tmpdir(), 'portcall-bench-'));
  try {
    const out = join(folder, 'measured.json');
    const script = fileURLToPath(new URL('./measure.ts', import.meta.url));
    const others = args.filter((arg) => arg !== '--pinned' && arg !== '--unpinned');
    const line = [...before, process.execPath, ...process.execArgv, script, out, ...others, which];
    const { status, error } = spawnSync(line[0]!, line.slice(1), { stdio: ['ignore', 2, 2] });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`measuring ${title} failed with ${status}`);
    return JSON.parse(readFileSync(out, 'utf8')) as Measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge(measured: Measured): void {
  const found = [...collapses(measured), ...measured.failures];
  for (const sentence of found) console.error(`collapsed: ${sentence}`);
  console.log(found.length === 0 ? 'nothing has collapsed' : `${found.length} things have collapsed`);
  if (found.length > 0) process.exitCode = 1;
}
