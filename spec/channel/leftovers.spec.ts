import { fork as forkByHand, type ChildProcess } from 'node:child_process';
import { once, type EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { connect, fork, spawn, worker, type Child } from 'portcall';
import { expect, test } from 'vitest';

import { socketPair } from './socket-pair.ts';

interface Counter {
  add(a: number, b: number): number;
}

const counter = new URL('../fixtures/channels/counter.js', import.meta.url);
const exposing = fileURLToPath(new URL('../fixtures/channels/exposing.js', import.meta.url));
const threadExposing = new URL('../fixtures/channels/exposing-thread.js', import.meta.url);

const kinds: Record<string, () => Child<Counter>> = {
  'a fork over an extra pipe': () => fork<Counter>(counter),
  'a fork over IPC': () => fork<Counter>(counter, { channel: 'ipc' }),
  'a fork over stdio': () => fork<Counter>(counter, { channel: 'stdio' }),
  'a fork with a heartbeat and piped output': () =>
    fork<Counter>(counter, { heartbeat: { intervalMs: 50 }, stdout: () => {}, stderr: () => {} }),
  'a spawned program': () => spawn<Counter>(process.execPath, [exposing]),
  'a worker': () => worker<Counter>(counter),
};

const ends: Record<string, (child: Child<Counter>) => Promise<unknown>> = {
  close: (child) => child.close(),
  terminate: (child) => child.terminate(),
};

for (const [what, start] of Object.entries(kinds)) {
  test.each(Object.entries(ends))(`${what} leaves nothing behind after %s`, async (_, end) => {
    // What is made once, such as Node's own signal pipe, is not what is looked for.
    await lifeOf(start(), end);
    const before = await holdingsNow();
    await lifeOf(start(), end);
    await lifeOf(start(), end);
    expect(await leftSince(before)).toEqual({});
  });
}

test('a child that was never ready leaves nothing behind', async () => {
  const throwing = new URL('../fixtures/channels/throws-at-import.js', import.meta.url);
  const life = async (): Promise<void> => {
    const child = fork<Counter>(throwing, { stderr: () => {} });
    await expect(child.ready).rejects.toMatchObject({ code: 'START_FAILED' });
    await child.exited;
  };
  await life();
  const before = await holdingsNow();
  await life();
  expect(await leftSince(before)).toEqual({});
});

test('a session over a process that was forked by hand leaves it as it was', async () => {
  const child = forkByHand(exposing, ['by hand']);
  const exited = once(child, 'exit');
  const before = listeners(child);
  const emit = Object.getOwnPropertyDescriptor(child, 'emit');
  const session = connect<Counter>(child);
  expect(await session.remote.add(2, 3)).toBe(5);
  await session.close();
  expect(listeners(child)).toEqual(before);
  expect(Object.getOwnPropertyDescriptor(child, 'emit')).toEqual(emit);
  await exited;
});

test('a session over a worker leaves it as it was', async () => {
  const thread = new Worker(threadExposing);
  const before = listeners(thread);
  const session = connect<Counter>(thread);
  expect(await session.remote.add(2, 3)).toBe(5);
  await session.close();
  // The thread has nothing left to do, and Node takes its own listeners off one that has ended.
  expect({ ...before, ...listeners(thread) }).toEqual(before);
  await thread.terminate();
});

test('sessions over ports and sockets leave nothing behind', async () => {
  const life = async (): Promise<void> => {
    const { port1, port2 } = new MessageChannel();
    const sockets = await socketPair();
    for (const [near, far] of [[port1, port2] as const, sockets]) {
      const there = connect(far, { expose: { add: (a: number, b: number) => a + b } });
      const here = connect<Counter>(near);
      expect(await here.remote.add(2, 3)).toBe(5);
      await here.close();
      await there.closed;
    }
  };
  await life();
  const before = await holdingsNow();
  for (let round = 0; round < 20; round++) await life();
  expect(await leftSince(before)).toEqual({});
});

async function lifeOf(
  child: Child<Counter>,
  end: (child: Child<Counter>) => Promise<unknown>,
): Promise<void> {
  expect(await child.remote.add(2, 3)).toBe(5);
  await end(child);
  expect(child.state).toBe('exited');
}

/** How many of each thing this process holds. */
type Holdings = Readonly<Record<string, number>>;

/** What there is once the handles of earlier lives have closed, which takes a few turns. */
async function holdingsNow(): Promise<Holdings> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  return holdings();
}

/** What there is more of than before, once that has had time to go away. */
async function leftSince(before: Holdings): Promise<Holdings> {
  for (let turn = 0; ; turn++) {
    const more = Object.entries(holdings()).filter(([name, count]) => count > (before[name] ?? 0));
    if (more.length === 0 || turn === 500) return Object.fromEntries(more);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function holdings(): Holdings {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    // The one that led here.
    if (name !== 'Immediate') counts[name] = (counts[name] ?? 0) + 1;
  }
  for (const [name, count] of Object.entries(listeners(process))) counts[`listeners for ${name}`] = count;
  return counts;
}

function listeners(emitter: EventEmitter | ChildProcess | NodeJS.Process): Record<string, number> {
  return Object.fromEntries(
    emitter
      .eventNames()
      .map((name) => [String(name), emitter.listenerCount(name)] as const)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  );
}
