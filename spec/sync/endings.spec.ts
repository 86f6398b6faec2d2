import { withOptions } from 'portcall';
import { describe, expect, test } from 'vitest';

import { blocking, errorOf, thrownBy } from './blocking.ts';

describe('a worker that ends while its caller is blocked', () => {
  test('by process.exit', async () => {
    const child = blocking();
    expect(errorOf(() => child.sync.exit(3))).toMatchObject({
      code: 'CHILD_EXITED',
      delivery: 'unknown',
      exit: { code: 3 },
      message: expect.stringMatching(/^exit\(\) got no reply: .* exited with code 3/),
    });
    // Known at once, though no event has told of it yet.
    expect(errorOf(() => child.sync.add(1, 2))).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent' });
    child.ref();
    expect(await child.exited).toMatchObject({ code: 3 });
    expect(errorOf(() => child.sync.add(1, 2))).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent' });
  });

  test('by an error that nothing catches', () => {
    const { sync } = blocking();
    expect(errorOf(() => sync.crash())).toMatchObject({ code: 'CHILD_EXITED', exit: { code: 1 } });
  });

  test('out of memory, of which it cannot tell', async () => {
    const child = blocking({ maxHeapBytes: 48 * 1024 * 1024 });
    expect(errorOf(() => child.sync.fill())).toMatchObject({ code: 'CHILD_EXITED', delivery: 'unknown' });
    child.ref();
    expect(await child.exited).toMatchObject({ code: 1 });
  });

  test('a result that was sent before wins', () => {
    const { sync } = blocking();
    expect(sync.lastWords(2)).toBe('last words');
    expect(errorOf(() => sync.add(1, 2))).toMatchObject({ code: 'CHILD_EXITED' });
  });

  test('the asynchronous calls beside it reject as ever', async () => {
    const child = blocking();
    const never = child.remote.never();
    never.catch(() => {});
    errorOf(() => child.sync.exit(3));
    await expect(never).rejects.toMatchObject({ code: 'CHILD_EXITED', exit: { code: 3 } });
  });
});

describe('a worker that does not start', () => {
  test('START_FAILED with what its module has thrown', async () => {
    const child = blocking<{ add(): void }>({}, 'broken.js');
    const expected = { code: 'START_FAILED', delivery: 'not-sent', cause: { message: 'will not load' } };
    expect(errorOf(() => child.sync.add())).toMatchObject(expected);
    expect(errorOf(() => child.sync.add())).toMatchObject(expected);
    await expect(child.ready).rejects.toMatchObject({ code: 'START_FAILED' });
  });

  test('START_FAILED where it exits before it is ready', () => {
    const child = blocking<{ add(): void }>({}, 'exits.js');
    expect(errorOf(() => child.sync.add())).toMatchObject({
      code: 'START_FAILED',
      delivery: 'not-sent',
      exit: { code: 4 },
    });
  });

  test('START_FAILED after startTimeoutMs, though no timer can pass', async () => {
    const child = blocking<{ add(): void }>({ startTimeoutMs: 400 }, 'hangs.js');
    expect(errorOf(() => child.sync.add())).toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('startTimeoutMs'),
    });
    child.ref();
    await child.exited;
  });

  test('one that takes its time is waited for', () => {
    const child = blocking<{ add(a: number, b: number): number }>({}, 'slow-start.js');
    expect(child.sync.add(1, 2)).toBe(3);
  });
});

describe('the deadline of a blocking call', () => {
  test('TIMEOUT for a function that never returns, after which the worker can be ended', async () => {
    const child = blocking();
    await child.ready;
    const before = performance.now();
    expect(errorOf(() => withOptions(child.sync, { timeoutMs: 150 }).spin())).toMatchObject({
      code: 'TIMEOUT',
      delivery: 'unknown',
      message: expect.stringContaining('spin() did not reply within 150 ms'),
    });
    expect(performance.now() - before).toBeGreaterThanOrEqual(150);
    expect(child.stats.pendingCalls).toBe(0);
    await child.terminate();
    expect(child.state).toBe('exited');
  });

  test('TIMEOUT, not sent, where the worker is not ready by then', () => {
    const child = blocking<{ add(): void }>({}, 'hangs.js');
    expect(errorOf(() => withOptions(child.sync, { timeoutMs: 50 }).add())).toMatchObject({
      code: 'TIMEOUT',
      delivery: 'not-sent',
    });
  });

  test('the late reply is nobody’s, and the next call gets its own', async () => {
    const { sync, stats } = blocking();
    expect(sync.add(0, 0)).toBe(0);
    expect(errorOf(() => withOptions(sync, { timeoutMs: 20 }).delay(60, 'late'))).toMatchObject({
      code: 'TIMEOUT',
    });
    expect(sync.delay(80, 'own')).toBe('own');
    expect(stats.pendingCalls).toBe(0);
  });

  test('with kill the worker is ended where the function does not', async () => {
    const child = blocking({ cancelGraceMs: 20 });
    await child.ready;
    thrownBy(() => withOptions(child.sync, { timeoutMs: 50, kill: true }).spin());
    child.ref();
    await child.exited;
  });
});

test('a child that was closed says so', async () => {
  const child = blocking();
  expect(child.sync.add(1, 2)).toBe(3);
  const closed = child.close();
  expect(errorOf(() => child.sync.add(1, 2))).toMatchObject({ delivery: 'not-sent' });
  await closed;
  expect(errorOf(() => child.sync.add(1, 2))).toMatchObject({ code: 'CHILD_EXITED', delivery: 'not-sent' });
});

describe('a child that is started again', () => {
  test('throws until the next life is there, and then works', async () => {
    const child = blocking({ restart: { policy: 'permanent', backoff: { minMs: 50, maxMs: 50 } } });
    expect(child.sync.add(1, 2)).toBe(3);
    errorOf(() => child.sync.exit(1));
    while (child.restarts === 0) await new Promise((resolve) => void setTimeout(resolve, 1));
    expect(errorOf(() => child.sync.add(1, 2))).toMatchObject({
      code: 'CHILD_EXITED',
      delivery: 'not-sent',
      message: expect.stringContaining('is not started again yet'),
    });
    expect(await child.remote.add(2, 2)).toBe(4);
    expect(child.sync.add(2, 3)).toBe(5);
  });

  test('says so once it is not started any more', async () => {
    const child = blocking({ restart: { policy: 'permanent', intensity: 0 } });
    expect(child.sync.add(1, 2)).toBe(3);
    errorOf(() => child.sync.exit(1));
    child.ref();
    await child.exited;
    expect(errorOf(() => child.sync.add(1, 2)).message).toContain('is not started again');
  });
});
