import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';

import { compiledCode } from '../../dist/launch/compiled-code.js';
import { channels, fixture, start, type AnyChannel } from './children.ts';

// As in lib/child/thread-start.ts: whether anything is there, how many bytes, of which build, the bytes.
const state = new Int32Array(compiledCode, 0, 2);
const build = Buffer.from(compiledCode, 8, 16);
const bytes = Buffer.from(compiledCode, 24);
const filled = 2;

const bootstrap = new URL('../../dist/bootstrap.js', import.meta.url);

type Within = typeof import('../fixtures/lives/within.js');

/** Starts a thread, and tells what the link is called that the bootstrap leaves for its module. */
async function linkName(): Promise<string | undefined> {
  const child = start<Within>('worker', {}, fixture('within.js'));
  const names = await child.remote.globalSymbols();
  await child.close();
  return names.find((name) => /^portcall\.parent$/i.test(name));
}

/** Starts a child, and tells from where in the bootstrap a function of its module is called. */
async function traced(channel: AnyChannel): Promise<{ url: string; line: number }> {
  const child = start<Within>(channel, {}, fixture('within.js'));
  const [, url = '', line] = /at calledByPortcall \((.*):(\d+):\d+\)/.exec(await child.remote.trace()) ?? [];
  await child.close();
  return { url, line: Number(line) };
}

describe('what V8 has compiled of the bootstrap', () => {
  beforeEach(async () => {
    state.fill(0);
    await linkName();
  });

  test('is left by the first thread', () => {
    expect(state[0]).toBe(filled);
    expect(state[1]).toBeGreaterThan(10_000);
  });

  test('is taken over by those after it', async () => {
    leaveMarked();
    expect(await linkName()).toBe('portcall.PARENT');
  });

  test('is left alone where it is of another build', async () => {
    leaveMarked();
    build[0]!++;
    expect(await linkName()).toBe('portcall.parent');
  });

  test('is left alone where V8 does not know it', async () => {
    bytes.fill(0, 0, 16);
    expect(await linkName()).toBe('portcall.parent');
  });
});

test.each(channels)('lines in stacks are those of the bootstrap, over %s', async (channel) => {
  const { url, line } = await traced(channel);
  const text = readFileSync(fileURLToPath(url), 'utf8').split('\n')[line - 1];
  expect(text).toContain('Reflect.apply');
});

/** Puts there what tells that it was used. Of the code itself V8 compares the length. */
function leaveMarked(): void {
  const [, code = ''] = /^\/\/ code\n(.*)\n\/\/ end of code\n/ms.exec(readFileSync(bootstrap, 'utf8')) ?? [];
  const marked = code.replace('portcall.parent', 'portcall.PARENT');
  state[1] = new Script(marked).createCachedData().copy(bytes);
}
