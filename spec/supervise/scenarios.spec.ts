// What a caller sees, and after how long, whatever happens to a single child: the same for processes and threads.
import { fork, worker, type ForkOptions, type RpcError } from 'portcall';
import { afterAll, describe, expect, test, vi } from 'vitest';

import { failureOf, fixture, start, tracked, turn } from '../launch/children.ts';
import { counted } from './counted.ts';

type Ways = typeof import('../fixtures/lives/ways-to-fail.js');
type Kind = 'process' | 'thread';

const kinds = ['process', 'thread'] as const;
const table: Record<string, Record<string, string>> = {};
afterAll(() => console.table(table));

const quiet = { stdout: () => {}, stderr: () => {} };
const channelOf = { process: 'pipe', thread: 'worker' } as const;

function child(kind: Kind, options: Omit<ForkOptions, 'channel'> = {}) {
  return start<Ways>(channelOf[kind], { ...quiet, ...options }, fixture('ways-to-fail.js'));
}

/** Waits for what a call rejects with, and notes it. */
async function seen(scenario: string, kind: Kind, call: PromiseLike<unknown>): Promise<unknown> {
  const began = performance.now();
  const error = await failureOf(call);
  const { code, name, delivery } = error as Partial<RpcError>;
  const afterMs = Math.round(performance.now() - began);
  const what = [code ?? name, delivery].filter((part) => part !== undefined).join(', ');
  (table[scenario] ??= {})[kind] = `${what} after ${afterMs} ms`;
  return error;
}

describe.each(kinds)('in a %s', (kind) => {
  test.each([0, 3])('exit(%d)', async (code) => {
    const { remote, ready } = child(kind);
    await ready;
    const error = await seen(`exit(${code})`, kind, remote.exit(code));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown', exit: { code, signal: null } });
  });

  test.each([
    ['uncaught error', 'throwLater', /RangeError: boom in a timer|boom in a timer/],
    ['unhandled rejection', 'rejectUnhandled', /boom in a promise/],
  ] as const)('%s', async (scenario, name, words) => {
    const { remote, ready } = child(kind);
    await ready;
    const error = await seen(scenario, kind, remote[name]());
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown', exit: { code: 1 } });
    expect((error as RpcError).message).toMatch(words);
  });

  test('loop and abort', async () => {
    const looping = child(kind, { cancelGraceMs: 200 });
    await looping.ready;
    const controller = new AbortController();
    const call = failureOf(looping.with({ kill: true, signal: controller.signal }).spin());
    await turn();
    controller.abort('enough');
    expect(await call).toBe('enough');
    const others = seen('loop and abort (others, grace of 200 ms)', kind, looping.remote.never());
    expect(await others).toMatchObject({ code: 'CHILD_EXITED' });
  });

  test('close while looping', async () => {
    const looping = child(kind, { graceMs: 200 });
    await looping.ready;
    const call = seen('close while looping (grace of 200 ms)', kind, looping.remote.spin());
    await turn();
    await looping.close();
    expect(await call).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
  });

  test('out of memory', async () => {
    const { remote, ready } = child(kind, { maxHeapBytes: 40 * 1024 * 1024 });
    await ready;
    const error = await seen('out of memory', kind, remote.eatMemory());
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect((error as RpcError).message).toContain('ran out of memory');
  });

  test('unsendable result', async () => {
    const { remote, ready } = child(kind);
    await ready;
    const error = await seen('unsendable result', kind, remote.unsendable());
    expect(error).toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'unknown' });
    expect((error as RpcError).message).toContain('result.user.socket');
    expect(await remote.echo('still there')).toBe('still there');
  });

  test('error of a class of its own', async () => {
    const { remote, ready } = child(kind);
    await ready;
    const error = await seen('error of a class of its own', kind, remote.throwOwn());
    expect(error).toMatchObject({ name: 'NoSpace', code: 'E_NO_SPACE', message: 'the disk is full' });
  });

  test('failing start', async () => {
    const broken = start(channelOf[kind], quiet, fixture('throws-at-import.js'));
    const error = await seen('failing start', kind, broken.remote.echo(1));
    expect(error).toMatchObject({ code: 'START_FAILED', delivery: 'not-sent' });
  });

  test('crash loop', async () => {
    const restart = { intensity: 3, backoff: { minMs: 10, jitter: 0 } };
    const looping = counted(channelOf[kind], { restart }, 2, Infinity).child;
    await failureOf(looping.remote.exit(1));
    const error = await seen('crash loop (3 restarts)', kind, looping.remote.echo(1));
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent' });
    expect(looping.state).toBe('failed');
  });
});

test.runIf(process.platform === 'linux').each([
  ['SIGKILL', 'SIGKILL'],
  ['SIGSTOP', 'SIGSTOP (heartbeat of 100 ms x 3)'],
] as const)('%s to a process', async (signal, scenario) => {
  const forked = tracked(
    fork<Ways>(fixture('ways-to-fail.js'), { ...quiet, heartbeat: { intervalMs: 100, misses: 3 } }),
  );
  await forked.ready;
  const call = seen(scenario, 'process', forked.remote.never());
  await turn();
  process.kill(forked.pid!, signal);
  expect(await call).toMatchObject({ code: 'CHILD_EXITED', exit: { signal: 'SIGKILL' } });
});

test('terminate() of a thread', async () => {
  const thread = tracked(worker<Ways>(fixture('ways-to-fail.js'), quiet));
  await thread.ready;
  const call = seen('terminate()', 'thread', thread.remote.spin());
  await turn();
  await thread.terminate();
  expect(await call).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
  await vi.waitFor(() => expect(thread.threadId).toBe(-1));
});
