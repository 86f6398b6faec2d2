import { fork, RpcError, spawn } from 'portcall';
import { describe, expect, test } from 'vitest';

import { channels, failureOf, fixture, processChannels, start, tracked, type Plain } from './children.ts';

const broken = new URL('../fixtures/broken/syntax.js', import.meta.url);

describe.each(channels)('over %s every queued call rejects START_FAILED when the module', (channel) => {
  test.each([
    [
      'does not exist',
      fixture('nowhere.js'),
      { code: 'ERR_MODULE_NOT_FOUND' },
      /Cannot find module .*nowhere\.js/,
    ],
    [
      'throws at import',
      fixture('throws-at-import.js'),
      { name: 'RangeError', message: 'no such luck', cause: { name: 'TypeError' } },
      /no such luck/,
    ],
    ['has a syntax error', broken, { name: 'SyntaxError' }, /Unexpected token/],
  ])('%s', async (_, module, cause, message) => {
    const child = start(channel, {}, module);
    const calls = [child.remote.echo(1), child.remote.echo(2), child.with({ timeoutMs: 60_000 }).echo(3)];
    const errors = await Promise.all([...calls, child.ready].map(failureOf));
    for (const error of errors) {
      expect(error).toBeInstanceOf(RpcError);
      expect(error).toMatchObject({ code: 'START_FAILED', cause, exit: { code: 1 } });
      expect((error as RpcError).message).toMatch(message);
      expect((error as RpcError).message).toContain(module.href);
    }
    for (const error of errors.slice(0, 3)) expect(error).toMatchObject({ delivery: 'not-sent' });
    await expect(child.exited).resolves.toMatchObject({ code: 1 });
    expect(child.state).toBe('exited');
    // And those made later.
    await expect(child.remote.echo(4)).rejects.toMatchObject({ code: 'START_FAILED', delivery: 'not-sent' });
    await child.close();
    await child.terminate();
  });

  test('is told in the words of a child that takes its time to end', async () => {
    const child = start(channel, {}, fixture('fails-and-lingers.js'));
    const error = (await failureOf(child.remote.echo(1))) as RpcError;
    expect(error).toMatchObject({
      code: 'START_FAILED',
      cause: { name: 'RangeError', message: 'thrown at import' },
    });
    expect(error.message).toContain('thrown at import');
  });

  test('exits at import', async () => {
    const child = start(channel, {}, fixture('exits-at-import.js'));
    const error = await failureOf(child.remote.echo(1));
    expect(error).toMatchObject({ code: 'START_FAILED', exit: { code: 7 } });
    expect((error as RpcError).message).toContain('it exited with code 7 before it was ready');
    expect((error as RpcError).message).toContain('cannot go on like this');
  });

  test.each(['never-ready.js', 'hangs-at-import.js'])(
    'is not ready within startTimeoutMs: %s',
    async (name) => {
      const child = start(channel, { startTimeoutMs: 400 }, fixture(name));
      const error = await failureOf(child.remote.echo(1));
      expect(error).toMatchObject({ code: 'START_FAILED', delivery: 'not-sent' });
      expect((error as RpcError).message).toContain('it was not ready within 400 ms (startTimeoutMs)');
      await child.exited;
    },
  );
});

describe.each(processChannels)('over %s START_FAILED says what was wrong with', (channel) => {
  test('an execPath that does not exist', async () => {
    const child = start(channel, {}, fixture('plain.js'));
    await child.terminate();
    const error = await failureOf(
      tracked(fork<Plain>(fixture('plain.js'), { channel, execPath: '/no/such/node' })).remote.echo(1),
    );
    expect(error).toMatchObject({ code: 'START_FAILED', cause: { code: 'ENOENT' }, delivery: 'not-sent' });
    expect((error as RpcError).message).toContain('/no/such/node');
  });

  test('a name as execPath that is not in the PATH', async () => {
    const options = { channel, execPath: 'no-such-node', stderr: () => {} };
    const error = await failureOf(tracked(fork<Plain>(fixture('plain.js'), options)).remote.echo(1));
    expect(error).toMatchObject({ code: 'START_FAILED' });
    expect((error as RpcError).message).toContain('no-such-node');
  });

  test.each(['/no/such/directory', '/etc/passwd'])('cwd %s', async (cwd) => {
    const child = tracked(fork<Plain>(fixture('plain.js'), { channel, cwd }));
    expect(child.pid).toBeUndefined();
    const error = await failureOf(child.remote.echo(1));
    expect(error).toMatchObject({ code: 'START_FAILED', exit: { code: null, signal: null } });
    expect((error as RpcError).message).toContain(`cwd is "${cwd}", and there is no such directory`);
    await child.close();
    await expect(child.exited).resolves.toMatchObject({ code: null });
  });

  test('an environment the system does not take', async () => {
    const child = tracked(fork<Plain>(fixture('plain.js'), { channel, env: { BIG: 'x'.repeat(4_000_000) } }));
    await expect(child.remote.echo(1)).rejects.toMatchObject({
      code: 'START_FAILED',
      cause: { code: 'E2BIG' },
    });
  });
});

test('a program that cannot be spawned rejects with START_FAILED', async () => {
  const child = tracked(spawn<Plain>('no-such-program', ['--flag']));
  expect(child.pid).toBeUndefined();
  const error = await failureOf(child.remote.echo(1));
  expect(error).toMatchObject({ code: 'START_FAILED', cause: { code: 'ENOENT' } });
  expect((error as RpcError).message).toContain('no-such-program --flag could not be started');
  await child.close();
});

test('a program that ends without a word rejects with START_FAILED and its exit', async () => {
  const child = tracked(spawn<Plain>(process.execPath, ['-e', 'process.exitCode = 4'], { stdout: 'ignore' }));
  await expect(child.remote.echo(1)).rejects.toMatchObject({ code: 'START_FAILED', exit: { code: 4 } });
});
