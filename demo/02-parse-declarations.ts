// Parses every `.d.ts` file of the installed `typescript` package, first in this thread and then in a worker, and shows
// what each does to this thread's event loop.
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { worker } from 'portcall';

import * as inline from './02-parse-declarations.child.js';

const parser = worker<typeof inline>(new URL('./02-parse-declarations.child.js', import.meta.url));

const files = inline.declarationFiles();
assert.deepEqual(await parser.remote.declarationFiles(), files);
assert.equal(await parser.remote.version, inline.version);
console.log(`TypeScript ${inline.version}: ${files.length} .d.ts files`);

// One call for each file, all made at once; the worker takes them in order.
const there = (some: string[]) => Promise.all(some.map((file) => parser.remote.countDeclarations(file)));
const here = async (some: string[]) => some.map((file) => inline.countDeclarations(file));

// Both sides run the code before, so that they are not compared while it is still being compiled.
const some = files.slice(0, 20);
await Promise.all([there(some), here(some)]);
const counted = await timed('inline', here);
assert.deepEqual(await timed('worker', there), counted);
console.log('the same counts: yes');

await parser.close();

async function timed(where: string, work: (some: string[]) => Promise<number[]>): Promise<number[]> {
  const late = monitorEventLoopDelay({ resolution: 1 });
  late.enable();
  // Its clock starts with its first sample.
  await delay(10);
  const started = performance.now();
  const counts = await work(files);
  const seconds = (performance.now() - started) / 1000;
  // A thread that was blocked takes the sample which says so in its next turn.
  await delay(10);
  late.disable();
  const declarations = counts.reduce((sum, count) => sum + count, 0);
  console.log(
    `${where}: ${declarations} declarations in ${seconds.toFixed(2)} s, ` +
      `${Math.round(declarations / seconds)} per second; this thread's event loop was held up for ` +
      `${(late.max / 1e6).toFixed(1)} ms at worst`,
  );
  return counts;
}
