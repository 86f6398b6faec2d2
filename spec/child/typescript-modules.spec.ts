import { fork, worker } from 'portcall';
import { describe, expect, test } from 'vitest';

type Typed = typeof import('../fixtures/demos/typed.ts');

const typed = new URL('../fixtures/demos/typed.ts', import.meta.url);
// As a script that Node was started for without any loader: the child has to find one by itself.
const execArgv: string[] = [];

describe('a module in TypeScript', () => {
  test.each(['pipe', 'ipc', 'stdio'] as const)('runs in a process, over %s', async (channel) => {
    const child = fork<Typed>(typed, { channel, execArgv });
    expect(await child.remote.double(21)).toBe(42);
    await child.close();
  });

  test('runs in a worker thread', async () => {
    const child = worker<Typed>(typed, { execArgv });
    expect(await child.remote.double(21)).toBe(42);
    await child.close();
  });

  test('is meant by the name of the JavaScript it will be compiled to', async () => {
    const child = fork<Typed>(new URL('../fixtures/demos/typed.js', import.meta.url), { execArgv });
    expect(await child.remote.double(21)).toBe(42);
    await child.close();
  });

  test('runs with the loader it is given by name', async () => {
    const child = fork<Typed>(typed, { execArgv, loader: '@oxc-node/core/register' });
    expect(await child.remote.double(21)).toBe(42);
    await child.close();
  });

  test('is left to the loader that the process was started with', async () => {
    const strip = new URL('../../scripts/strip-types.js', import.meta.url).href;
    const child = fork<Typed>(typed, { execArgv: ['--import', strip] });
    // The other loader there is turns private fields into something else.
    expect(await child.remote.source()).toMatch(/#count.*counts to 1/s);
    await child.close();
  });

  test('does not start where the loader it is given does not exist', async () => {
    const child = fork<Typed>(typed, { execArgv, loader: 'no-such-loader', stderr: 'ignore' });
    await expect(child.remote.double(21)).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('no-such-loader') as string,
    });
    await child.exited;
  });
});
