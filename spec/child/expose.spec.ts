import { fork as forkByHand } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { connect, expose, fork, RpcError, spawn, worker, type Session } from 'portcall';
import { describe, expect, test } from 'vitest';

import { channels, failureOf, fixture, start, tracked } from '../launch/children.ts';
import { script } from '../launch/script.ts';

interface Exposing {
  greet(who: string): Promise<string>;
  sum(a: number, b: number): Promise<number>;
  echo<T>(value: T): T;
  notOffered(): string;
}

interface ByHand {
  twice(n: number): number;
  bytes(): Uint8Array;
}

const parentApi = { name: () => 'the spec', add: (a: number, b: number) => a + b };

describe.each(channels)('over %s expose()', (channel) => {
  test('offers an object in place of the exports, and calls what the parent exposes', async () => {
    const { remote } = start<Exposing>(channel, { expose: parentApi }, fixture('exposing.js'));
    expect(await remote.greet('you')).toBe('hello you, says the child of the spec');
    expect(await remote.sum(2, 3)).toBe(5);
    await expect(remote.notOffered()).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
  });

  test('without an object leaves the exports as they are', async () => {
    const { remote } = start<Exposing>(channel, { expose: parentApi }, fixture('calling-back.js'));
    expect(await remote.greet('you')).toBe('hello you, says the child of the spec');
  });

  test('of a parent that exposes nothing gives calls that say so', async () => {
    const { remote } = start<Exposing>(channel, {}, fixture('exposing.js'));
    expect(await remote.echo('works')).toBe('works');
    expect(await failureOf(remote.sum(2, 3))).toMatchObject({ code: 'METHOD_NOT_FOUND' });
  });
});

test('a spawned script that calls expose() is a child like any other', async () => {
  const child = tracked(
    spawn<Exposing>(process.execPath, [fileURLToPath(fixture('exposing.js'))], { expose: parentApi }),
  );
  expect(await child.remote.greet('you')).toBe('hello you, says the child of the spec');
  expect(child.pid).toBeGreaterThan(0);
  await child.close();
  await expect(child.exited).resolves.toMatchObject({ code: 0 });
});

describe('expose() in a program that nobody has launched', () => {
  test('throws under a test runner, and leaves its process.send alone', () => {
    // Vitest runs this very file in a forked process.
    expect(process.connected).toBe(true);
    const looks = (): unknown => ({
      send: Object.getOwnPropertyDescriptor(process, 'send'),
      emit: Object.getOwnPropertyDescriptor(process, 'emit'),
      listeners: process.eventNames().map((name) => [name, process.listeners(name as 'exit')]),
    });
    const before = looks();
    let error: unknown;
    try {
      expose({ echo: (value: unknown) => value });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect((error as RpcError).message).toContain('endpoint: process');
    expect(looks()).toEqual(before);
  });

  test('throws in a cluster worker, from which children can be launched all the same', async () => {
    const ended = await script('clustered.js').ended;
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual({
      refused: 'INVALID_OPTION',
      pipe: 'hello cluster, says the child of a cluster worker over pipe',
      ipc: 'hello cluster, says the child of a cluster worker over ipc',
      stdio: 'hello cluster, says the child of a cluster worker over stdio',
    });
  });

  test('throws in a script started by hand', async () => {
    const { code, stderr } = await script('exposing.js').ended;
    expect(code).toBe(1);
    expect(stderr).toContain('this program was not launched by Portcall');
  });

  test.each([
    ['nothing', null],
    ['a number', 1],
    ['a string', 'api'],
  ])('refuses %s as an API', (_, api) => {
    expect(() => expose(api as never)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('expose(): api is') as string,
      }),
    );
  });
});

describe('a program started by hand', () => {
  test('a process of child_process.fork: connect(child) and expose(api, { endpoint: process })', async () => {
    const child = forkByHand(fileURLToPath(fixture('by-hand-process.js')));
    const exited = once(child, 'exit');
    try {
      const session = connect<ByHand>(child);
      expect(await session.remote.twice(21)).toBe(42);
      expect(await session.remote.bytes()).toEqual(new Uint8Array([1, 2, 3]));
      // The program's own messages travel beside the calls, and none of ours is among them.
      const heard: unknown[] = [];
      child.on('message', (message) => void heard.push(message));
      const reply = once(child, 'message');
      child.send({ own: 1 });
      expect(await session.remote.twice(4)).toBe(8);
      await reply;
      expect(heard).toEqual([{ heard: { own: 1 } }]);
      await session.close();
      await expect(session.closed).resolves.toBeUndefined();
      await expect(session.remote.twice(1)).rejects.toMatchObject({
        code: 'CHANNEL_CLOSED',
        delivery: 'not-sent',
      });
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('a thread of new Worker: connect(worker) and expose(api, { endpoint: parentPort })', async () => {
    const thread = new Worker(fixture('by-hand-thread.js'));
    try {
      const session: Session<ByHand> = connect<ByHand>(thread);
      expect(await session.remote.twice(21)).toBe(42);
      expect(await session.remote.bytes()).toEqual(new Uint8Array([1, 2, 3]));
      const heard: unknown[] = [];
      thread.on('message', (message) => void heard.push(message));
      const reply = once(thread, 'message');
      thread.postMessage('own');
      expect(await session.remote.twice(4)).toBe(8);
      await reply;
      expect(heard).toEqual([{ heard: 'own' }]);
      await session.close();
    } finally {
      await thread.terminate();
    }
  });

  test('that dies rejects the calls under way', async () => {
    const child = forkByHand(fileURLToPath(fixture('by-hand-process.js')));
    const session = connect<ByHand>(child);
    await session.ready;
    const outcome = failureOf(session.remote.twice(1));
    child.kill('SIGKILL');
    const settled = await outcome.catch(() => 'replied before it died');
    if (settled !== 'replied before it died') expect(settled).toMatchObject({ code: 'CHANNEL_CLOSED' });
    await session.closed;
    await expect(session.remote.twice(1)).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  });

  test('that is not connected is refused', async () => {
    const child = forkByHand(fileURLToPath(fixture('by-hand-process.js')));
    const over = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    child.kill('SIGKILL');
    await over;
    expect(() => connect(child)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('IPC channel') as string,
      }),
    );
  });
});

test('fork() and worker() do not hand on the parent that launched them', async () => {
  // A launched module launches another: each finds its own parent.
  for (const launch of [fork, worker]) {
    const child = tracked(
      launch<{ chain(): Promise<string> }>(fixture('chain.js'), { expose: { name: () => 'spec' } }),
    );
    expect(await child.remote.chain()).toBe('spec > first > second');
  }
});

test.each([fork, worker])(
  'options that a launched module gives too late are refused, and change nothing',
  async (launch) => {
    const child = tracked(
      launch<typeof import('../fixtures/lives/late-options.js')>(fixture('late-options.js')),
    );
    expect(await child.remote.sayLate()).toEqual(Array.from({ length: 6 }, () => 'INVALID_OPTION'));
    expect(await child.remote.sayLate()).toHaveLength(6);
  },
);
