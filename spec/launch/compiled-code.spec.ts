import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

import { compiledCode } from '../../dist/launch/compiled-code.js';
import { channels, fixture, start } from './children.ts';

// As in lib/child/thread-start.ts: whether anything is there, then how many bytes.
const state = new Int32Array(compiledCode, 0, 2);
const rest = new Uint8Array(compiledCode, 8);
const filled = 2;

async function once(): Promise<void> {
  const thread = start('worker');
  expect(await thread.remote.echo('hello')).toBe('hello');
  await thread.close();
}

describe('what V8 has compiled of the bootstrap', () => {
  test('is left by the first thread, and taken over by those after it', async () => {
    await once();
    expect(state[0]).toBe(filled);
    expect(state[1]).toBeGreaterThan(10_000);
    const left = rest.slice();
    await once();
    // Nobody writes what is there already.
    expect(rest).toEqual(left);
  });

  test('of another build is left alone', async () => {
    await once();
    rest[0]!++;
    await once();
    rest[0]!--;
  });

  test('by another V8 is left alone', async () => {
    await once();
    // Behind the name of the build: what V8 knows its own by.
    const known = rest.slice(16, 32);
    rest.fill(0, 16, 32);
    await once();
    rest.set(known, 16);
  });
});

test.each(channels)('lines in stacks are those of the bootstrap, over %s', async (channel) => {
  const child = start<typeof import('../fixtures/lives/trace.js')>(channel, {}, fixture('trace.js'));
  const [, url = '', line = ''] =
    /calledByPortcall \((file:.*):(\d+):\d+\)/.exec(await child.remote.trace()) ?? [];
  const text = readFileSync(fileURLToPath(url), 'utf8').split('\n')[Number(line) - 1];
  expect(text).toContain('Reflect.apply');
  await child.close();
});
