import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fork, worker } from 'portcall';
import { afterEach, describe, expect, test } from 'vitest';

import { channels, fixture, processChannels, start, tracked } from './children.ts';
import { script } from './script.ts';

type World = typeof import('../fixtures/lives/world.js');
const world = fixture('world.js');
const changed = new Map<string, string | undefined>();

function setEnv(name: string, value: string): void {
  if (!changed.has(name)) changed.set(name, process.env[name]);
  process.env[name] = value;
}

afterEach(() => {
  for (const [name, value] of changed) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  changed.clear();
});

describe.each(channels)('over %s the module', (channel) => {
  test('finds itself and its arguments in process.argv', async () => {
    const child = start<World>(channel, { argv: ['--one', 'two three'] }, world);
    const argv = await child.remote.args();
    expect(argv).toEqual([process.execPath, fileURLToPath(world), '--one', 'two three']);
  });

  test("has the parent's environment, with what env adds, changes and takes out", async () => {
    setEnv('LIVES_KEPT', 'kept');
    setEnv('LIVES_TAKEN_OUT', 'there');
    setEnv('LIVES_CHANGED', 'before');
    const env = { LIVES_ADDED: 'added', LIVES_CHANGED: 'after', LIVES_TAKEN_OUT: undefined };
    const { remote } = start<World>(channel, { env }, world);
    expect(await remote.variable('PATH')).toBe(process.env['PATH']);
    expect(await remote.variable('LIVES_KEPT')).toBe('kept');
    expect(await remote.variable('LIVES_ADDED')).toBe('added');
    expect(await remote.variable('LIVES_CHANGED')).toBe('after');
    expect(await remote.variables()).not.toContain('LIVES_TAKEN_OUT');
  });

  test('has NODE_OPTIONS without a debugger, and otherwise as they were', async () => {
    setEnv('NODE_OPTIONS', '--no-warnings --inspect=127.0.0.1:0  --stack-trace-limit=20 --inspect-port 9333');
    const { remote } = start<World>(channel, {}, world);
    expect(await remote.variable('NODE_OPTIONS')).toBe('--no-warnings --stack-trace-limit=20 ');
  });

  test('sees nothing of the note the launcher left, nor do processes it starts', async () => {
    const { remote } = start<World>(channel, {}, world);
    expect((await remote.variables()).filter((name) => /portcall|NODE_CHANNEL/i.test(name))).toEqual([]);
    expect((await remote.grandchildVariables()).filter((name) => /portcall/i.test(name))).toEqual([]);
    expect(await remote.globals()).toEqual([]);
  });

  test('hears no message of ours, and its own messages disturb no call', async () => {
    const child = start<World>(channel, {}, world);
    const replies = [
      child.remote.sendOwn(50),
      child.remote.sum(new Uint8Array([1, 2, 3])),
      child.remote.sendOwn(50),
      child.remote.listens(),
    ];
    expect(await Promise.all(replies)).toEqual(['sent', 6, 'sent', true]);
    expect(await child.remote.messages()).toEqual([]);
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ code: 0 });
  });
});

describe.each(processChannels)('over %s the module', (channel) => {
  test("runs in cwd, or in the parent's own", async () => {
    const options = { channel, cwd: tmpdir() };
    expect(await tracked(fork<World>(world, options)).remote.cwd()).toBe(realpathSync(tmpdir()));
    expect(await start<World>(channel, {}, world).remote.cwd()).toBe(process.cwd());
  });

  test('has the execArgv it is given', async () => {
    const execArgv = ['--no-warnings', '--stack-trace-limit=7'];
    expect(await start<World>(channel, { execArgv }, world).remote.execArgv()).toEqual(execArgv);
  });

  test(`${channel === 'ipc' ? 'has' : 'has no'} process.send`, async () => {
    expect(await start<World>(channel, {}, world).remote.canSend()).toBe(channel === 'ipc');
  });
});

describe('a module in a worker', () => {
  test('finds the workerData of the user', async () => {
    const workerData = { seed: 7, nested: new Map([[1, new Date(5)]]) };
    expect(await tracked(worker<World>(world, { workerData })).remote.data()).toEqual(workerData);
    expect(await tracked(worker<World>(world)).remote.data()).toBeUndefined();
  });

  test('has the threadId that the parent sees', async () => {
    const child = tracked(worker<World>(world));
    expect(await child.remote.thread()).toBe(child.threadId);
  });
});

describe('execArgv of the parent', () => {
  const run = async (
    execArgv: readonly string[],
    kind: string,
    env: NodeJS.ProcessEnv = {},
  ): Promise<unknown> => {
    const { code, stdout, stderr } = await script('exec-argv.js', [kind], { execArgv, env }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as unknown;
  };

  test.each(['pipe', 'ipc', 'stdio'])(
    'is handed on to a process over %s, without a debugger',
    async (kind) => {
      const { code, stdout } = await script('exec-argv.js', [kind], {
        execArgv: ['--no-warnings', '--inspect=127.0.0.1:0', '--max-old-space-size=300'],
      }).ended;
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual(['--no-warnings', '--max-old-space-size=300']);
    },
  );

  test('of the process as a whole does not keep a worker from starting', async () => {
    await run(['--max-old-space-size=300', '--expose-gc', '--title=parent', '--no-warnings'], 'worker');
  });

  test('in NODE_OPTIONS does not keep a worker from starting', async () => {
    await run([], 'worker', { NODE_OPTIONS: '--max-old-space-size=300 --no-warnings' });
  });

  test.each(['pipe', 'worker'])('that holds code is not handed on to a child over %s', async (kind) => {
    const child = script('exec-argv.js', ['from-code', kind]);
    const { code, stdout, stderr } = await child.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/input-type|--eval|"-e"/);
    expect(JSON.parse(stdout)).toEqual(kind === 'pipe' ? ['--no-warnings', '--max-old-space-size=300'] : []);
  });
});
