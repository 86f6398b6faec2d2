import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Child, ModuleOptions, Restart } from 'portcall';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { moduleFiles } from '../../lib/launch/module-files.ts';
import { failureOf, start } from '../launch/children.ts';

interface Edited {
  version(): number;
  finish(ms: number): Promise<number>;
  never(): Promise<void>;
}

/** A folder with a module that imports another, which says which version it is. */
function project(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcall-watch-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'parts'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    join(folder, 'main.js'),
    `import { current } from './parts/version.js';
     export const version = () => current;
     export const finish = (ms) => new Promise((resolve) => setTimeout(() => resolve(current), ms));
     export const never = () => new Promise(() => {});`,
  );
  edit(folder, 'export const current = 1;');
  return folder;
}

/** As many editors do it: the new file takes the old one's place. */
function edit(folder: string, text: string): void {
  writeFileSync(join(folder, 'parts/version.js~'), text);
  renameSync(join(folder, 'parts/version.js~'), join(folder, 'parts/version.js'));
}

function watched(folder: string, channel: 'pipe' | 'worker', options: ModuleOptions = {}): Child<Edited> {
  return start<Edited>(channel, { watch: true, ...options }, pathToFileURL(join(folder, 'main.js')));
}

describe.each(['pipe', 'worker'] as const)('over %s a child with watch', (channel) => {
  test('is replaced when what its module imports changes; calls under way finish on the old one', async () => {
    const folder = project();
    const restarts: Restart[] = [];
    const child = watched(folder, channel, { onRestart: (restart) => restarts.push(restart) });
    expect(await child.remote.version()).toBe(1);
    const underWay = child.remote.finish(800);
    edit(folder, 'export const current = 2;');
    await vi.waitFor(async () => expect(await child.remote.version()).toBe(2), { timeout: 10_000 });
    expect(child.state).toBe('ready');
    expect(await underWay).toBe(1);
    expect(restarts).toEqual([{ reason: 'changed', exit: undefined, restarts: 1, delayMs: 0 }]);
    edit(folder, 'export const current = 3;');
    await vi.waitFor(async () => expect(await child.remote.version()).toBe(3), { timeout: 10_000 });
    expect(child.restarts).toBe(2);
    await child.close();
    expect(await child.exited).toMatchObject({ code: 0 });
  });

  test('goes on as it is while the new one cannot be started', async () => {
    const folder = project();
    const onError = vi.fn();
    const child = watched(folder, channel, { onError });
    expect(await child.remote.version()).toBe(1);
    edit(folder, 'export const current = ;');
    await vi.waitFor(() => expect(onError).toHaveBeenCalled(), { timeout: 10_000 });
    expect(onError.mock.calls[0]).toMatchObject([{ code: 'START_FAILED' }]);
    expect(await child.remote.version()).toBe(1);
    edit(folder, 'export const current = 2;');
    await vi.waitFor(async () => expect(await child.remote.version()).toBe(2), { timeout: 10_000 });
  });

  test('is closed with the old ones that still have calls', async () => {
    const folder = project();
    const child = watched(folder, channel);
    await child.remote.version();
    const outcome = failureOf(child.remote.never());
    edit(folder, 'export const current = 2;');
    await vi.waitFor(async () => expect(await child.remote.version()).toBe(2), { timeout: 10_000 });
    expect(child.stats.pendingCalls).toBe(1);
    await child.close({ graceMs: 100 });
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
  });

  test('watches a file that is imported only since it has changed', async () => {
    const folder = project();
    const child = watched(folder, channel);
    expect(await child.remote.version()).toBe(1);
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'other/number.js'), 'export const current = 2;');
    edit(folder, "export { current } from '../other/number.js';");
    await vi.waitFor(async () => expect(await child.remote.version()).toBe(2), { timeout: 10_000 });
    writeFileSync(join(folder, 'other/number.js'), 'export const current = 3;');
    await vi.waitFor(async () => expect(await child.remote.version()).toBe(3), { timeout: 10_000 });
  });
});

test('what a module imports is found, in whatever way it says so', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcall-files-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = {
    'main.ts': `import './a.js'; import type { X } from "./b.ts"; export * from './c.mjs?v=1';
      const d = await import('./d.js'); const e = require('./e'); import fs from 'node:fs'; import fc from 'fast-check';
      await import(\`./\${name}.js\`); import
        { f }
        from './f.js'; import data from './g.json' with { type: 'json' }; import './missing.js';`,
    'a.ts': "import './main.js';",
    'b.ts': '',
    'c.mjs': "export { x } from './deep/h.js'",
    'd.js': '',
    'e.cjs': '',
    'f.js': '',
    'g.json': '{}',
    'deep/h.js': 'import "../a.js"',
  };
  mkdirSync(join(folder, 'deep'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const found = [...moduleFiles(pathToFileURL(join(folder, 'main.ts')))].map((path) =>
    path.slice(folder.length + 1),
  );
  expect(found.toSorted()).toEqual([...Object.keys(files), 'missing.js'].toSorted());
});
