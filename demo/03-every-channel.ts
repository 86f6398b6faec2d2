// Runs one module, which is TypeScript, over every channel: an extra pipe, fork IPC, stdin and stdout, and the port of
// a worker thread. The results are the same over each; what a call costs is not.
import assert from 'node:assert/strict';
import { fork, worker, type Child } from 'portcall';

import * as inline from './03-every-channel.child.ts';

type Module = typeof inline;

const url = new URL('./03-every-channel.child.ts', import.meta.url);
// Without the options of Node that run this script: the children find what loads TypeScript by themselves.
const execArgv: string[] = [];
const children: Record<string, Child<Module>> = {
  pipe: fork<Module>(url, { channel: 'pipe', execArgv }),
  ipc: fork<Module>(url, { channel: 'ipc', execArgv }),
  stdio: fork<Module>(url, { channel: 'stdio', execArgv }),
  worker: worker<Module>(url, { execArgv }),
};

const text = 'The quick brown fox jumps over the lazy dog';
const values = [
  new Map<unknown, unknown>([
    ['when', new Date(0)],
    [1n, undefined],
  ]),
  new Set([Number.NaN, -0]),
  /jumps/giu,
  new Float64Array([0.5, -1]),
];

console.log('               calls per second');
console.log('channel   1 in flight   64 in flight   results');
for (const [name, child] of Object.entries(children)) {
  const { remote } = child;
  assert.equal(await remote.add(2, 3), 5);
  assert.deepEqual(await remote.wordLengths(text), inline.wordLengths(text));
  assert.deepEqual(await remote.echo(values), values);
  await assert.rejects(remote.half(3), { name: 'RangeError', message: '3 is odd' });

  await callsPerSecond(remote.add, 64);
  const alone = await callsPerSecond(remote.add, 1);
  const together = await callsPerSecond(remote.add, 64);
  console.log(`${name.padEnd(7)} ${figure(alone)} ${figure(together)}    equal`);
}
await Promise.all(Object.values(children).map((child) => child.close()));

/** Keeps that many calls under way for a while. */
async function callsPerSecond(
  add: (a: number, b: number) => Promise<number>,
  inFlight: number,
): Promise<number> {
  const started = performance.now();
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - started < 250) {
      const sum = await add(calls, 1);
      assert.ok(sum > 0);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return calls / ((performance.now() - started) / 1000);
}

function figure(perSecond: number): string {
  return Math.round(perSecond).toString().padStart(13);
}
