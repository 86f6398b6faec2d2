import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fork, type ForkOptions, type SandboxOptions } from 'portcall';
import { afterAll, describe, expect, test, vi } from 'vitest';

import { failureOf, processChannels, start, tracked } from './children.ts';

type Plugin = typeof import('../fixtures/sandbox/plugin.js');

const plugin = new URL('../fixtures/sandbox/plugin.js', import.meta.url);
const home = new URL('./', plugin);
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcall-sandbox-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secret = join(folder, 'secret');
writeFileSync(secret, 'a secret');

const denied = 'ERR_ACCESS_DENIED';
const restrictsNet = process.allowedNodeEnvironmentFlags.has('--allow-net');
const inSandbox = (sandbox: SandboxOptions, options: ForkOptions = {}) =>
  start<Plugin>('pipe', { ...options, sandbox } as ForkOptions, plugin).remote;

describe.each(processChannels)('a sandbox with permission over %s', (channel) => {
  test('runs the module, and keeps it from all the rest', async () => {
    const options: ForkOptions = { channel, sandbox: { permission: true }, stderr: () => {} };
    const child = tracked(fork<Plugin>(plugin, options));
    const { remote } = child;
    expect(await remote.add(2, 3)).toBe(5);
    expect(await remote.read(secret)).toBe(denied);
    expect(await remote.list(folder)).toBe(denied);
    expect(await remote.write(join(folder, 'new'))).toBe(denied);
    expect(await remote.write(fileURLToPath(plugin))).toBe(denied);
    expect(await remote.start()).toBe(denied);
    expect(await remote.thread()).toBe(denied);
    expect(await remote.bring()).toBe(denied);
    expect(await remote.reach(1)).toBe(restrictsNet ? denied : 'ECONNREFUSED');
    await child.close();
    expect(await child.exited).toMatchObject({ code: 0, signal: null });
  });
});

test('reads and writes what it is told it may, by URL or path, and folders as a whole', async () => {
  const written = join(folder, 'written');
  const remote = inSandbox({ permission: true, read: [home, `${folder}/`, secret], write: [written] });
  expect(await remote.bring()).toBe(42);
  expect(await remote.read(secret)).toBe('done');
  expect(await remote.list(folder)).toBe('done');
  expect(await remote.read(`${folder}-beside`)).toBe(denied);
  expect(await remote.write(secret)).toBe(denied);
  expect(await remote.write(written)).toBe('done');
  expect(readFileSync(written, 'utf8')).toBe('written');
});

test('starts a module that is named by a link', async () => {
  const link = join(folder, 'link');
  symlinkSync(fileURLToPath(home), link);
  const child = start<Plugin>(
    'pipe',
    { sandbox: { permission: true } } as ForkOptions,
    join(link, 'plugin.js'),
  );
  expect(await child.remote.add(2, 3)).toBe(5);
});

test('hands on nothing of the environment but what is named', async () => {
  vi.stubEnv('PORTCALL_SPEC_SECRET', 'a secret');
  vi.stubEnv('NODE_OPTIONS', '--no-deprecation');
  vi.stubEnv('TZ', 'UTC');
  try {
    const remote = inSandbox({}, { env: { MINE: 'yes', PATH: undefined } });
    const names = await remote.environment();
    expect(names).toContain('MINE');
    expect(names).toContain('TZ');
    expect(names.filter((name) => /^(PORTCALL|NODE|PATH)/.test(name))).toEqual([]);
    expect(await remote.options()).toEqual([]);
    expect(await remote.read(secret)).toBe('done');
  } finally {
    vi.unstubAllEnvs();
  }
});

test('lets through what is said with options of Node', async () => {
  const remote = inSandbox({ permission: true }, { execArgv: ['--allow-worker'], watchdog: true });
  expect(await remote.thread()).toBe('done');
});

test('keeps a program from the network where Node can, and says where it cannot', async () => {
  if (restrictsNet) {
    expect(await inSandbox({ permission: true, net: false }).reach(1)).toBe(denied);
  } else {
    expect(() => inSandbox({ permission: true, net: false })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('Node 25') }),
    );
  }
  expect(await inSandbox({ permission: true, net: true }).reach(1)).toBe('ECONNREFUSED');
});

test('a module that imports what it may not read fails to start, with the reason', async () => {
  const child = start(
    'pipe',
    { sandbox: { permission: true } } as ForkOptions,
    new URL('importing.js', home),
  );
  expect(await failureOf(child.ready)).toMatchObject({ code: 'START_FAILED', cause: { code: denied } });
});

test.each<[string, ForkOptions, string]>([
  ['no object', { sandbox: true as never }, 'sandbox is true'],
  ['a misspelt option', { sandbox: { permision: true } as never }, 'did you mean permission?'],
  ['a path alone', { sandbox: { read: ['/etc'] } }, 'sandbox: read holds only with permission: true'],
  ['a relative path', { sandbox: { permission: true, read: ['data'] } }, 'read[0] is "data"'],
  ['a pattern', { sandbox: { permission: true, write: ['/tmp/*'] } }, 'without a "*"'],
  ['a URL of something else', { sandbox: { permission: true, read: [new URL('http://x')] } }, 'a file URL'],
  ['another program', { sandbox: { permission: true }, execPath: '/bin/other' }, 'execPath has to be'],
  ['a watchdog', { sandbox: { permission: true }, watchdog: true }, "'--allow-worker'"],
])('a sandbox with %s is refused at once', (_, options, says) => {
  expect(() => fork(plugin, options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(says) }),
  );
});
