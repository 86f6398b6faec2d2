import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { fork as publicFork, type ForkOptions } from 'portcall';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { rehearse } from '../../lib/child/rehearse.ts';
import { sessionValues } from '../../lib/connect/session-values.ts';
import { limitsFrom } from '../../lib/protocol/limits.ts';
import { fixture, gone, processChannels, tracked } from './children.ts';

type Within = typeof import('../fixtures/lives/within.js');
type Opened = typeof import('../fixtures/lives/opened.js');
type Fork = typeof publicFork;

const bootstrap = pathToFileURL(createRequire(import.meta.url).resolve('portcall/bootstrap'));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcall-compiled-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// As in lib/connect/launch-note.ts: how many bytes, how many of them are the text of the bootstrap, that text, and what
// V8 has compiled.
const headBytes = 8;
const compiledAt = headBytes + statSync(bootstrap).size;

let before: ReadonlySet<string>;

beforeEach(() => {
  before = new Set(codeFiles());
});

afterEach(() => vi.unstubAllEnvs());

describe.runIf(process.platform === 'linux')('what V8 has compiled of the bootstrap for a process', () => {
  test('is left by the second, and taken over by those after it', async () => {
    expect(await nameOfLink(publicFork)).toBe('portcall.parent');
    expect(codeFile()).toBeUndefined();
    expect(await nameOfLink(publicFork)).toBe('portcall.parent');
    const file = codeFile()!;
    expect(lengthIn(file)).toBe(statSync(file).size);
    expect(lengthIn(file)).toBeGreaterThan(compiledAt + 100_000);
    expect(readFileSync(file).toString('latin1', headBytes, compiledAt)).toBe(
      readFileSync(bootstrap, 'utf8'),
    );

    leaveMarked(file);
    expect(await nameOfLink(publicFork)).toBe('portcall.PARENT');
    // In a sandbox as well: what is open already is not among what it may not open.
    expect(await nameOfLink(publicFork, { sandbox: { permission: true } })).toBe('portcall.PARENT');
    expect(await nameOfLink(publicFork, { trust: 'none' })).toBe('portcall.PARENT');
  });

  test.each(processChannels)('is taken over over %s', async (channel) => {
    const { fork, file } = await filled();
    leaveMarked(file);
    expect(await nameOfLink(fork, { channel, bootstrap })).toBe('portcall.PARENT');
  });

  test('is taken over beside an IPC for handles', async () => {
    const { fork, file } = await filled();
    leaveMarked(file);
    expect(await nameOfLink(fork, { handles: true, bootstrap })).toBe('portcall.PARENT');
  });

  test('is that of one file, which may be a copy', async () => {
    const copy = join(folder, 'bootstrap.mjs');
    copyFileSync(bootstrap, copy);
    const { fork, file } = await filled(pathToFileURL(copy));
    leaveMarked(file);
    expect(await nameOfLink(fork, { bootstrap })).toBe('portcall.parent');
    expect(await nameOfLink(fork, { bootstrap: pathToFileURL(copy) })).toBe('portcall.PARENT');
  });

  test('is left alone where not all of it is there', async () => {
    const { fork, file } = await filled();
    leaveMarked(file);
    expect(await nameOfLink(fork, { bootstrap })).toBe('portcall.PARENT');
    // This process has read the length before.
    change(file, Buffer.alloc(4), 0);
    expect(await nameOfLink(fork, { bootstrap })).toBe('portcall.parent');
  });

  test('is left alone where V8 does not know it', async () => {
    const { fork, file } = await filled();
    change(file, Buffer.alloc(16), compiledAt);
    expect(await nameOfLink(fork, { bootstrap })).toBe('portcall.parent');
  });

  test('is left alone where V8 was told something else', async () => {
    const { fork, file } = await filled();
    leaveMarked(file);
    expect(await nameOfLink(fork, { bootstrap, maxHeapBytes: 64 * 1024 * 1024 })).toBe('portcall.parent');
    expect(await nameOfLink(fork, { bootstrap, execArgv: ['--stack-trace-limit=5'] })).toBe(
      'portcall.parent',
    );
  });

  test('is closed before the module is loaded, whoever it was given to', async () => {
    const fork = await freshFork();
    for (const round of ['first', 'second, which fills it', 'third']) {
      const child = tracked(fork<Opened>(fixture('opened.js'), { bootstrap }));
      expect([round, (await child.remote.openedAtStart()).filter(isCodeFile)]).toEqual([round, []]);
      await child.close();
    }
    expect(lengthIn(codeFile()!)).toBeGreaterThan(headBytes);
  });

  test('is not given to a start file that knows nothing of it', async () => {
    const { fork } = await filled();
    const child = tracked(fork(fixture('plain.js'), { bootstrap: fixture('unaware.js') }));
    await child.ready;
    const open = readdirSync(`/proc/${child.pid}/fd`).map((fd) =>
      readlinkSync(`/proc/${child.pid}/fd/${fd}`),
    );
    expect(open.filter(isCodeFile)).toEqual([]);
  });

  test('takes one descriptor, which cannot write', async () => {
    const { fork, file } = await filled();
    for (let more = 0; more < 3; more++) await nameOfLink(fork, { bootstrap });
    expect(codeFiles().filter((found) => !before.has(found))).toEqual([file]);
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(file.replace('/fd/', '/fdinfo/'), 'utf8'))?.[1];
    expect(Number.parseInt(flags ?? '', 8) & 0b11).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o400);
  });

  test('is left by the next, where one ends before it has', async () => {
    const fork = await freshFork();
    await nameOfLink(fork, { bootstrap });
    const ended = tracked(fork(fixture('plain.js'), { bootstrap }));
    const { pid } = ended;
    ended.ready.catch(() => {});
    await ended.terminate();
    await gone(pid!);
    await nameOfLink(fork, { bootstrap });
    const file = codeFile()!;
    expect(lengthIn(file)).toBeGreaterThan(headBytes);
    expect(codeFiles().filter((found) => !before.has(found))).toEqual([file]);
  });

  test('is done without where no file can be made', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'nowhere'));
    const fork = await freshFork();
    for (let more = 0; more < 3; more++)
      expect(await nameOfLink(fork, { bootstrap })).toBe('portcall.parent');
    expect(codeFile()).toBeUndefined();
  });
});

test('what is compiled before the module is loaded takes a call and answers it', async () => {
  const limits = limitsFrom('spec', {});
  expect(await rehearse(limits, sessionValues('spec', limits, {}))).toContain('[3,1,1]');
});

/** As in a process that has started no child yet. */
async function freshFork(): Promise<Fork> {
  vi.resetModules();
  return (await import('../../lib/supervise/fork.ts')).fork as unknown as Fork;
}

async function filled(by: URL = bootstrap): Promise<{ fork: Fork; file: string }> {
  const fork = await freshFork();
  for (let round = 0; round < 2; round++) await nameOfLink(fork, { bootstrap: by });
  return { fork, file: codeFile()! };
}

/** Starts a process, and tells what the link is called that the bootstrap leaves for its module. */
async function nameOfLink(fork: Fork, options: ForkOptions = {}): Promise<string | undefined> {
  const child = tracked(fork<Within>(fixture('within.js'), { stderr: () => {}, ...options }));
  const names = await child.remote.globalSymbols();
  await child.close();
  return names.find((name) => /^portcall\.parent$/i.test(name));
}

function isCodeFile(target: string): boolean {
  return /\/portcall-[\w-]{21} \(deleted\)$/.test(target);
}

/** The descriptors of this process that lead to one. */
function codeFiles(): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => `/proc/self/fd/${fd}`)
    .filter((path) => {
      try {
        return isCodeFile(readlinkSync(path));
      } catch {
        // The folder itself.
        return false;
      }
    });
}

/** What this test has made there be. */
function codeFile(): string | undefined {
  return codeFiles().find((path) => !before.has(path));
}

function lengthIn(file: string): number {
  const head = Buffer.alloc(4);
  const fd = openSync(file, 'r');
  readSync(fd, head, 0, 4, 0);
  closeSync(fd);
  return head.readUInt32LE(0);
}

function change(file: string, bytes: Buffer | string, at: number): void {
  chmodSync(file, 0o600);
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.from(bytes as string), 0, undefined, at);
  closeSync(fd);
  chmodSync(file, 0o400);
}

/** Puts there what tells that it was used. Of the code itself V8 compares the length. */
function leaveMarked(file: string): void {
  const [, code = ''] = /^\/\* code\n(.*)\nend of code \*\/\n/ms.exec(readFileSync(bootstrap, 'utf8')) ?? [];
  const marked = code.replace('portcall.parent', 'portcall.PARENT');
  const there = readFileSync(file).subarray(compiledAt);
  const compiled = new Script(marked).createCachedData();
  // The length is known to this process already.
  expect(compiled.length).toBeLessThan(there.length);
  change(file, Buffer.concat([compiled, Buffer.alloc(there.length - compiled.length)]), compiledAt);
}
