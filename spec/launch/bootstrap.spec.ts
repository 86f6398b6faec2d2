import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fork, worker } from 'portcall';
import { afterEach, describe, expect, test } from 'vitest';

import { channels, fixture, start } from './children.ts';

const bootstrap = createRequire(import.meta.url).resolve('portcall/bootstrap');
let folder: string | undefined;

afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  folder = undefined;
});

describe.each(channels)('over %s', (channel) => {
  test('a copy of the bootstrap far from any package starts children', async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcall-bootstrap-'));
    // Node takes a lone .js file for CommonJS, so the copy says what it is.
    const copy = join(folder, 'bootstrap.mjs');
    await copyFile(bootstrap, copy);
    const child = start(channel, { bootstrap: pathToFileURL(copy) });
    expect(await child.remote.echo('hello')).toBe('hello');
    await child.close();
  });
});

test.each([
  ['fork()', fork],
  ['worker()', worker],
])('%s refuses a bootstrap that is not there, and says how to ship one', (name, launch) => {
  const missing = new URL('./nowhere/bootstrap.js', import.meta.url);
  expect(() => launch(fixture('plain.js'), { bootstrap: missing })).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(
        new RegExp(
          `^${name.replace('()', '\\(\\)')}: bootstrap is .*nowhere/bootstrap\\.js, and there is no such file.*portcall/bootstrap`,
        ),
      ) as string,
    }),
  );
});

test('the bootstrap imports nothing but what Node has', async () => {
  const imports = [...(await readFile(bootstrap, 'utf8')).matchAll(/^import .*?from ["']([^"']+)["']/gm)];
  expect(imports.map(([, name]) => name).filter((name) => name?.startsWith('node:') !== true)).toEqual([]);
});
