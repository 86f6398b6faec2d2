import { transfer, withOptions } from 'portcall';
import { describe, expect, test } from 'vitest';

import { blocking, errorOf, thrownBy } from './blocking.ts';

describe('what a blocking call returns', () => {
  test('the result itself, before the worker is ready and after', async () => {
    const child = blocking();
    expect(child.sync.add(2, 3)).toBe(5);
    expect(child.state).toBe('starting');
    await child.ready;
    expect(child.sync.add(3, 4)).toBe(7);
  });

  test('what an async function resolves to', () => {
    expect(blocking().sync.delay(10, 'late')).toBe('late');
  });

  test('functions in nested objects are called', () => {
    const { sync } = blocking();
    expect([sync.geometry.area(3), sync.geometry.solids.cube(3)]).toEqual([9, 27]);
  });

  test('rich values cross as they do elsewhere', () => {
    const cyclic: { self?: unknown; when: Date } = { when: new Date(5) };
    cyclic.self = cyclic;
    const value = [new Map([[1, new Set(['a'])]]), undefined, -0, 10n, new Uint8Array([1, 2]), cyclic];
    expect(blocking().sync.echo(value)).toEqual(value);
  });

  test('more than the window of the port goes there and comes back', () => {
    const bytes = new Uint8Array(3 * 1024 * 1024).fill(7);
    const text = 'ä'.repeat(2 * 1024 * 1024);
    const { sync } = blocking();
    expect(Buffer.compare(sync.echo(bytes), bytes)).toBe(0);
    expect(sync.echo(text) === text).toBe(true);
    expect(sync.zeros(8 * 1024 * 1024).byteLength).toBe(8 * 1024 * 1024);
  });

  test('memory that is shared stays shared, and what is handed over is gone from here', () => {
    const { sync } = blocking();
    const shared = new SharedArrayBuffer(4);
    expect(new Int32Array(sync.write(new Int32Array(shared), 7).buffer)[0]).toBe(7);
    expect(new Int32Array(shared)[0]).toBe(7);
    const bytes = new Uint8Array(8);
    expect(sync.zerosOf(transfer(bytes, [bytes.buffer]))).toBe(8);
    expect(bytes.byteLength).toBe(0);
  });

  test('functions, instances and streams are used asynchronously afterwards', async () => {
    const { sync, stats } = blocking();
    const add = sync.adder(2);
    const counter = sync.counter();
    const numbers = sync.numbers(3);
    expect([await add(3), await counter.increment(), await counter.increment()]).toEqual([5, 1, 2]);
    const read: number[] = [];
    for await (const n of numbers) read.push(n);
    expect(read).toEqual([0, 1, 2]);
    expect(stats.pendingCalls).toBe(0);
  });

  test('a remote that goes home is the original again', async () => {
    const child = blocking();
    const counter = child.sync.counter();
    await counter.increment();
    expect(await child.sync.echo(counter).increment()).toBe(2);
  });

  test('the remote itself is not thenable, and neither is what is below it', async () => {
    const { sync } = blocking();
    const passOn = async (value: unknown): Promise<unknown> => value;
    expect(await passOn(sync)).toBe(sync);
    expect(await passOn(sync.geometry)).toBe(sync.geometry);
  });
});

describe('what a blocking call throws', () => {
  test('what the function has thrown, with the stacks of both sides', () => {
    const { sync } = blocking();
    const error = thrownBy(() => sync.fail('of no use')) as RangeError;
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'of no use', cause: { why: 'of no use' } });
    const [there, here] = error.stack!.split('--- called from ---');
    expect(there).toContain('fixtures/sync/work.js');
    expect(here!.trim().split('\n')[0]).toContain('results.spec.ts');
  });

  test.each([undefined, 0, 'text', null])('%s, where the function throws that', (value) => {
    expect(thrownBy(() => blocking().sync.throwValue(value))).toBe(value);
  });

  test('METHOD_NOT_FOUND with the nearest name', () => {
    const { sync } = blocking() as { sync: { geometri?: { area(): void } } };
    expect(errorOf(() => sync.geometri!.area())).toMatchObject({
      code: 'METHOD_NOT_FOUND',
      message: expect.stringContaining('geometry'),
    });
  });

  test('INVALID_ARGUMENT for a class made with new, and for what is assigned', () => {
    const sync = blocking().sync as unknown as { Counter: new () => object; VERSION: string };
    expect(errorOf(() => new sync.Counter())).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(errorOf(() => (sync.VERSION = '2'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('TOO_LARGE before anything is sent', () => {
    const { sync } = blocking({ limits: { messageBytes: 64 * 1024 } });
    expect(errorOf(() => sync.echo('x'.repeat(70_000)))).toMatchObject({
      code: 'TOO_LARGE',
      delivery: 'not-sent',
    });
    expect(sync.add(1, 2)).toBe(3);
  });
});

describe('options of blocking calls', () => {
  test('are added to the remote, or to one function of it', () => {
    const { sync } = blocking();
    expect(withOptions(sync, { timeoutMs: 5_000, metadata: { a: 1 } }).add(1, 2)).toBe(3);
    expect(withOptions(sync.geometry.area, { timeoutMs: 5_000 })(2)).toBe(4);
  });

  test.each([{ signal: AbortSignal.timeout(1_000) }, { oneway: true }])('%o is of no use', (options) => {
    const { sync } = blocking();
    expect(errorOf(() => withOptions(sync, options))).toMatchObject({ code: 'INVALID_OPTION' });
  });
});
