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

/** Starts a child, and tells from where in the bootstrap a function of its module is called. */
async function traced(channel: AnyChannel): Promise<{ url: string; line: number }> {
  const child = start<typeof import('../fixtures/lives/trace.js')>(channel, {}, fixture('trace.js'));
  const [, url = '', line] = /at calledByPortcall \((.*):(\d+):\d+\)/.exec(await child.remote.trace()) ?? [];
  await child.close();
  return { url, line: Number(line) };
}

describe('what V8 has compiled of the bootstrap', () => {
  beforeEach(async () => {
    state.fill(0);
    await traced('worker');
  });

  test('is left by the first thread', () => {
    expect(state[0]).toBe(filled);
    expect(state[1]).toBeGreaterThan(10_000);
  });

  test('is taken over by those after it', async () => {
    leaveMarked();
    expect(await traced('worker')).toMatchObject({ url: 'elsewhere' });
  });

  test('is left alone where it is of another build', async () => {
    leaveMarked();
    build[0]!++;
    expect(await traced('worker')).toMatchObject({ url: bootstrap.href });
  });

  test('is left alone where V8 does not know it', async () => {
    bytes.fill(0, 0, 16);
    expect(await traced('worker')).toMatchObject({ url: bootstrap.href });
  });
});

test.each(channels)('lines in stacks are those of the bootstrap, over %s', async (channel) => {
  const { url, line } = await traced(channel);
  const text = readFileSync(fileURLToPath(url), 'utf8').split('\n')[line - 1];
  expect(text).toContain('Reflect.apply');
});

/** Puts there what tells that it was used, since V8 keeps with it where the code has come from. */
function leaveMarked(): void {
  const [, code = ''] = /^\/\/ code\n(.*)\n\/\/ end of code\n/ms.exec(readFileSync(bootstrap, 'utf8')) ?? [];
  state[1] = new Script(code, { filename: 'elsewhere' }).createCachedData().copy(bytes);
}
