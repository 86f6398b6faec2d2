import { worker, type RpcError } from 'portcall';
import { describe, expect, test, vi } from 'vitest';

import { channels, failureOf, fixture, start, tracked, type AnyChannel } from '../launch/children.ts';
import { script } from '../launch/script.ts';

type Native = typeof import('../fixtures/lives/native.js');

describe('terminate() of a thread that runs native code', () => {
  test('fulfils although the thread goes on, and says so', async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const entered = new Int32Array(new SharedArrayBuffer(4));
    const child = tracked(worker<Native>(fixture('native.js'), { onError, workerData: entered }));
    const outcome = failureOf(child.remote.blockNatively(4_000));
    await vi.waitFor(() => expect(entered[0]).toBe(1));
    const began = performance.now();
    await child.terminate();
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED', exit: { code: null, signal: null } });
    expect(child.state).toBe('exited');
    expect(onError).toHaveBeenCalledOnce();
    const [error] = onError.mock.calls[0]! as [RpcError];
    expect(error.message).toMatch(
      /^worker \d+ was terminated, but has not ended within 1000 ms: it runs native code/,
    );
  });

  test('says nothing where the thread ends in time, or has ended before', async () => {
    const onError = vi.fn();
    const entered = new Int32Array(new SharedArrayBuffer(4));
    const child = tracked(worker<Native>(fixture('native.js'), { onError, workerData: entered }));
    const outcome = failureOf(child.remote.blockNatively(300));
    await vi.waitFor(() => expect(entered[0]).toBe(1));
    await child.terminate();
    await child.terminate();
    expect(await outcome).toMatchObject({ code: 'CHILD_EXITED' });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(onError).not.toHaveBeenCalled();
  });

  test('also lets a supervised child go on', async () => {
    const onError = vi.fn();
    const workerData = new Int32Array(new SharedArrayBuffer(4));
    const child = tracked(
      worker<Native>(fixture('native.js'), { onError, workerData, cancelGraceMs: 50, restart: {} }),
    );
    await child.ready;
    await failureOf(child.with({ kill: true, timeoutMs: 100 }).blockNatively(4_000));
    await vi.waitFor(() => expect(child.restarts).toBe(1), { timeout: 5_000 });
    await child.remote.blockNatively(0);
    expect(onError).toHaveBeenCalledOnce();
  });
});

const mebibyte = 1024 * 1024;

describe.each(channels)('over %s maxHeapBytes', (channel: AnyChannel) => {
  test('ends a child that takes more, and the error says so', async () => {
    const child = start(channel, { maxHeapBytes: 40 * mebibyte, stdout: 'ignore' });
    const error = (await failureOf(child.remote.eatMemory())) as RpcError;
    expect(error).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    expect(error.message).toContain('because it ran out of memory (maxHeapBytes)');
  });
});

test('a child that ran out of memory is started again', async () => {
  const child = start('worker', { maxHeapBytes: 40 * mebibyte, restart: { backoff: { minMs: 1 } } });
  await failureOf(child.remote.eatMemory());
  expect(await child.remote.echo('again')).toBe('again');
});

test.each([
  { maxHeapBytes: 0 },
  { maxHeapBytes: Infinity },
  { maxHeapBytes: '40m' },
  { restart: true },
  { restart: { policy: 'always' } },
  { restart: { intensity: -1 } },
  { restart: { intensity: 1.5 } },
  { restart: { periodMs: Number.NaN } },
  { restart: { backof: {} } },
  { restart: { backoff: { factor: 0.5 } } },
  { restart: { backoff: { jitter: 2 } } },
  { onRestart: 'tell me' },
  { cancelGraceMs: -1 },
  { handleSignals: 1 },
  { watch: 'yes' },
])('worker() refuses %j', (options) => {
  expect(() => worker(fixture('plain.js'), options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});

test('worker() refuses a heap that is limited twice', () => {
  const limits = { maxHeapBytes: 40 * mebibyte, resourceLimits: { maxOldGenerationSizeMb: 40 } };
  expect(() => worker(fixture('plain.js'), limits)).toThrow('are the same limit; give one of them');
});

describe.runIf(process.platform !== 'win32').each(['fork', 'worker'])('%s with handleSignals', (kind) => {
  test.each(['SIGTERM', 'SIGINT'] as const)('drains on %s, and then ends by it', async (signal) => {
    const program = script('signalled.js', [kind, '2']);
    expect(await program.nextLine()).toBe('ready');
    program.process.kill(signal);
    expect(await program.ended).toMatchObject({ code: null, signal, stdout: 'ready\ndrained drained\n' });
  });

  test('leaves the end to a listener of the program', async () => {
    const program = script('signalled.js', [kind, '1', 'own']);
    expect(await program.nextLine()).toBe('ready');
    program.process.kill('SIGTERM');
    expect(await program.ended).toMatchObject({
      code: 0,
      stdout: 'ready\ndrained\nthe listener of the program goes on\n',
    });
  });

  test('ends at once on the second signal', async () => {
    const program = script('signalled.js', [kind, '2', 'stuck']);
    expect(await program.nextLine()).toBe('ready');
    program.process.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = performance.now();
    program.process.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  test('leaves no listener behind, and warns of none', async () => {
    const program = script('signalled.js', [kind, '12', 'closed']);
    const drained = Array.from({ length: 12 }, () => 'drained').join(' ');
    expect(await program.ended).toMatchObject({ code: 0, stdout: `ready\n${drained}\n0 0 10\n` });
  });
});
