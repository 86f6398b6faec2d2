import { pool, type PoolOptions } from 'portcall';
import { describe, expect, test } from 'vitest';

import { fixture, open } from './pools.ts';

const invalid = (options: object) => () => pool(fixture('work.js'), options as PoolOptions);

describe('the options of a pool', () => {
  test.each([
    [{}, /kind is undefined; it must be one of 'worker', 'fork'/],
    [{ kind: 'thread' }, /kind is "thread"/],
    [{ kind: 'worker', maximum: 3 }, /there is no option "maximum"/],
    [{ kind: 'worker', min: 3, max: 2 }, /min is 3; it must be no more than max, which is 2/],
    [{ kind: 'worker', max: 0 }, /max is 0/],
    [{ kind: 'worker', concurrency: 0 }, /concurrency is 0/],
    [{ kind: 'worker', balance: 'random' }, /balance is "random"/],
    [{ kind: 'worker', queue: { limits: 1 } }, /did you mean limit\?/],
    [{ kind: 'worker', queue: { ageingMs: 0 } }, /ageingMs is 0/],
    [{ kind: 'worker', recycle: { aboveRssBytes: 1 } }, /threads share the memory of their process/],
    [{ kind: 'worker', restart: { policy: 'permanent' } }, /restart\.policy/],
    [{ kind: 'worker', cwd: '/' }, /there is no option "cwd"/],
    [{ kind: 'fork', workerData: 1 }, /there is no option "workerData"/],
    [{ kind: 'worker', watch: true }, /there is no option "watch"/],
    [{ kind: 'worker', execArgv: ['--expose-gc'] }, /Node does not take this/],
  ])('are checked when it is made: %j', (options, message) => {
    expect(invalid(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(invalid(options)).toThrow(message);
  });

  test('of its calls are checked when they are given', () => {
    const one = open('worker', { min: 0 });
    for (const options of [
      { priority: 1.5 },
      { priority: 101 },
      { key: 7 },
      { timeout: 3 },
      { retries: 2 },
    ]) {
      expect(() => one.with(options as object)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    }
  });

  test('take a relative path for what it is', () => {
    expect(() => pool('./work.js', { kind: 'worker' })).toThrow(/pool\(\).*import\.meta\.url/s);
  });
});
