import { fork, type Handler } from 'portcall';
import { retry, type RetryOptions } from 'portcall/middleware';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { failureOf } from '../launch/children.ts';
import { calling, url, type Work } from './every-side.ts';

describe.each(calling)('retry() around %s', (_, open) => {
  test('makes an idempotent call again, and no other', async () => {
    const caller = open(retry({ attempts: 4, delayMs: 1 }));
    const again = caller.with({ idempotent: true });
    expect(await again.flaky('a', 3)).toBe(5);
    expect(await failureOf(caller.remote.flaky('b', 3))).toMatchObject({ code: 'OVERLOADED' });
    expect(await caller.remote.count('b')).toBe(1);
  });

  test('gives up after so many attempts, with the last error', async () => {
    const caller = open(retry({ attempts: 3, delayMs: 1 }));
    expect(await failureOf(caller.with({ idempotent: true }).flaky('a', 9))).toMatchObject({
      code: 'OVERLOADED',
    });
    expect(await caller.remote.count('a')).toBe(3);
  });

  test('leaves errors alone that another attempt would meet too', async () => {
    const caller = open(retry({ delayMs: 1 }));
    for (const code of ['Error', 'INVALID_ARGUMENT', 'TIMEOUT'])
      await failureOf(caller.with({ idempotent: true }).flaky(code, 1, code));
    expect(await Promise.all(['Error', 'INVALID_ARGUMENT', 'TIMEOUT'].map(caller.remote.count))).toEqual([
      1, 1, 1,
    ]);
  });

  test('asks which errors are worth it', async () => {
    const asked: unknown[] = [];
    const caller = open(
      retry({ delayMs: 1, when: (error, { target }) => asked.push([error, target.path]) > 0 }),
    );
    await caller.with({ idempotent: true }).flaky('a', 1, 'Error');
    expect(asked).toEqual([[expect.objectContaining({ message: 'of its own' }), ['flaky']]]);
  });

  test('keeps to the time of the call', async () => {
    const caller = open(retry({ attempts: 9, delayMs: 60_000, maxDelayMs: 60_000 }));
    await caller.ready;
    const late = caller.with({ idempotent: true, timeoutMs: 15_000 }).flaky('a', 9);
    expect(await failureOf(late)).toMatchObject({ code: 'OVERLOADED' });
    expect(await caller.remote.count('a')).toBe(1);
  });

  test('ends a pause as soon as the signal of the call aborts', async () => {
    const when = vi.fn(() => true);
    const caller = open(retry({ delayMs: 60_000, maxDelayMs: 60_000, when }));
    const controller = new AbortController();
    const call = caller.with({ idempotent: true, signal: controller.signal }).flaky('b', 9);
    const failed = failureOf(call);
    await vi.waitFor(() => expect(when).toHaveBeenCalledOnce());
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await failed).toBe(reason);
    expect(await caller.remote.count('b')).toBe(1);
  });
});

test.each([
  [{ idempotent: true }, 'alive'],
  [{}, expect.objectContaining({ code: 'CHILD_EXITED' })],
])('a call with %o to a child that is started again', async (options, outcome) => {
  let child = fork<Work>(url);
  onTestFinished(() => child.terminate());
  // What a supervisor does: calls go to the child that lives.
  const supervised: Handler = async () => {
    if (child.state === 'exited') child = fork<Work>(url, { env: { STARTED_AGAIN: 'yes' } });
    const result = child.remote.dieOnce();
    await result.catch(() => child.exited);
    return result;
  };
  const handler = retry({ delayMs: 1 })(supervised);
  const call = { kind: 'call', target: { path: ['dieOnce'], key: '.dieOnce' }, args: [], options } as const;
  expect(await handler(call).catch((error: unknown) => error)).toEqual(outcome);
});

test.each<[string, RetryOptions]>([
  ['attempts', { attempts: 0 }],
  ['delayMs', { delayMs: -1 }],
  ['maxDelayMs', { maxDelayMs: NaN }],
  ['when', { when: true as never }],
  ['tries', { tries: 3 } as never],
])('retry() refuses a wrong %s', (name, options) => {
  expect(() => retry(options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) }),
  );
});
