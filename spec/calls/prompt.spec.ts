import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { fork, worker, type Child } from 'portcall';

import type * as Slow from '../fixtures/calls/slow.js';

const url = new URL('../fixtures/calls/slow.js', import.meta.url);

test.each<[string, () => Child<typeof Slow>]>([
  ['a pipe', () => fork(url)],
  ['ipc', () => fork(url, { channel: 'ipc' })],
  ['stdio', () => fork(url, { channel: 'stdio' })],
  ['a worker', () => worker(url)],
])('what has taken long is answered over %s while the next call of its tick runs', async (_, open) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcall-prompt-'));
  const child = open();
  onTestFinished(async () => {
    await child.terminate();
    await rm(folder, { recursive: true });
  });
  const file = join(folder, 'go');
  const { remote } = child;
  // Names cross with the first call.
  await Promise.all([remote.quick(), remote.hold(0), remote.holdUntil(folder)]);
  const calls = [remote.quick(), remote.hold(5), remote.holdUntil(file)];
  // Would wait for the file for ever if it waited for all.
  expect(await Promise.all(calls.slice(0, 2))).toEqual(['quick', 'held']);
  await writeFile(file, '');
  expect(await calls[2]).toBe('there');
});
