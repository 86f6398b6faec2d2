import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { MessageChannel, Worker } from 'node:worker_threads';
import { connect } from 'portcall';
import { beforeEach, describe, expect, test } from 'vitest';

import { Bell } from '../../lib/transports/bell.ts';
import type { LaunchedWorkerData } from '../../lib/connect/launch-note.ts';
import { compiledCode } from '../../lib/launch/compiled-code.ts';
import { channels, fixture, start } from './children.ts';

type Within = typeof import('../fixtures/lives/within.js');

// As in lib/child/code-in-memory.ts: whether anything is there, how many bytes of the file's name, of its text, and of
// what V8 has compiled; then these.
const head = new Int32Array(compiledCode, 0, 4);
const bytes = Buffer.from(compiledCode, 16);
const filled = 2;

const bootstrap = new URL('../../dist/bootstrap.js', import.meta.url);

describe('what V8 has compiled of the bootstrap', () => {
  beforeEach(async () => {
    head.fill(0);
    await linkName();
  });

  test('is left by the first thread', () => {
    expect(head[0]).toBe(filled);
    expect(bytes.toString('utf8', 0, head[1])).toBe(bootstrap.href);
    expect(bytes.toString('utf8', head[1], head[1]! + head[2]!)).toBe(readFileSync(bootstrap, 'utf8'));
    expect(head[3]).toBeGreaterThan(100_000);
  });

  test('is taken over by those after it', async () => {
    leaveMarked();
    expect(await linkName()).toBe('portcall.PARENT');
  });

  test('is left alone where it is of another file', async () => {
    leaveMarked();
    bytes[head[1]! - 1]!++;
    expect(await linkName()).toBe('portcall.parent');
  });

  test('is left alone where V8 does not know it', async () => {
    bytes.fill(0, compiledAt(), compiledAt() + 16);
    expect(await linkName()).toBe('portcall.parent');
  });
});

test.each(channels)('lines in stacks are those of the bootstrap, over %s', async (channel) => {
  const child = start<Within>(channel, {}, fixture('within.js'));
  const trace = await child.remote.trace();
  await child.close();
  const [, url = '', line] = /at calledByPortcall \((.*):(\d+):\d+\)/.exec(trace) ?? [];
  expect(readFileSync(fileURLToPath(url), 'utf8').split('\n')[Number(line) - 1]).toContain('Reflect.apply');
});

/** Starts a thread as the launcher does, and tells what the link is called that the bootstrap leaves for its module. */
async function linkName(): Promise<string | undefined> {
  const { port1, port2 } = new MessageChannel();
  // What its module is to see as its data.
  port1.postMessage(undefined);
  const workerData: LaunchedWorkerData = {
    portcall: { channel: 'port', module: fixture('within.js').href, limits: {} },
    port: port2,
    bell: new Bell().memory,
    code: compiledCode,
  };
  const started = new URL('../../dist/child/start.mjs', import.meta.url);
  const thread = new Worker(started, { workerData, transferList: [port2] });
  const exit = new Promise((resolve) => thread.once('exit', resolve));
  const session = connect<Within>(port1);
  const names = await session.remote.globalSymbols();
  await session.close();
  await exit;
  return names.find((name) => /^portcall\.parent$/i.test(name));
}

/** Puts there what tells that it was used. Of the code itself V8 compares the length. */
function leaveMarked(): void {
  const [, code = ''] = /^\/\* code\n(.*)\nend of code \*\/\n/ms.exec(readFileSync(bootstrap, 'utf8')) ?? [];
  const marked = code.replace('portcall.parent', 'portcall.PARENT');
  head[3] = new Script(marked).createCachedData().copy(bytes, compiledAt());
}

function compiledAt(): number {
  return head[1]! + head[2]!;
}
