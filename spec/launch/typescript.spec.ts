import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RpcError } from 'portcall';
import { afterEach, describe, expect, test } from 'vitest';

import { channels, failureOf, fixture, start } from './children.ts';

type Typed = typeof import('../fixtures/lives/typed.ts');
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A copy of a fixture where no package can be found. */
async function alone(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcall-typescript-'));
  folders.push(folder);
  const path = join(folder, name);
  await copyFile(fileURLToPath(fixture(name)), path);
  return path;
}

const nodeLoadsTypeScript = 'typescript' in process.features && Boolean(process.features.typescript);

describe.each(channels)('over %s', (channel) => {
  test.each([
    ['a .ts module', 'typed.ts'],
    ['a .js URL whose source is a .ts', 'typed.js'],
  ])('%s is loaded with what is installed', async (_, name) => {
    const { remote } = start<Typed>(channel, {}, fixture(name));
    expect(await remote.add({ x: 1, y: 2 }, { x: 3, y: 4 })).toEqual({ x: 4, y: 6 });
    // It is the module's own affair: Node has been given nothing.
    expect(await remote.options()).toEqual(
      process.execArgv.filter((option) => !option.startsWith('--inspect')),
    );
  });

  test('a .cjs path whose source is a .cts is loaded too', async () => {
    const path = fileURLToPath(fixture('typed-common.cjs'));
    const { remote } = start<{ twice(value: number): number }>(channel, {}, path);
    expect(await remote.twice(4)).toBe(8);
  });

  test('without any loader START_FAILED says what to install', async () => {
    const { remote } = start<Typed>(channel, {}, await alone('typed.ts'));
    const sum = remote.add({ x: 1, y: 2 }, { x: 3, y: 4 });
    if (nodeLoadsTypeScript) {
      expect(await sum).toEqual({ x: 4, y: 6 });
      return;
    }
    const error = (await failureOf(sum)) as RpcError;
    expect(error).toMatchObject({ code: 'START_FAILED', delivery: 'not-sent' });
    expect(error.message).toMatch(/typed\.ts is TypeScript.*Install @oxc-node\/core/);
    expect((error.cause as Error).cause).toMatchObject({ code: 'ERR_UNKNOWN_FILE_EXTENSION' });
  });

  test('loader names the one to take', async () => {
    const loader = '@oxc-node/core/register';
    const { remote } = start<Typed>(channel, { loader }, fixture('typed.ts'));
    expect(await remote.add({ x: 1, y: 2 }, { x: 3, y: 4 })).toEqual({ x: 4, y: 6 });
  });

  test('loader is a path seen from the module as well', async () => {
    const child = start<Typed>(channel, { loader: './marking-loader.js' }, fixture('typed.ts'));
    expect(await child.remote.loadedBy()).toBe('marking-loader');
  });

  test('a loader that is not installed is START_FAILED and named', async () => {
    const child = start<Typed>(channel, { loader: 'no-such-loader' }, fixture('typed.ts'));
    const error = (await failureOf(child.ready)) as RpcError;
    expect(error.code).toBe('START_FAILED');
    expect(error.message).toContain('no-such-loader');
  });
});
