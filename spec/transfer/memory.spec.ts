import { transfer } from 'portcall';
import { describe, expect, test } from 'vitest';

import { copying, every, moving } from './channels.ts';

function names<T extends object>(channels: T): (keyof T)[] {
  return Object.keys(channels) as (keyof T)[];
}

describe.each(names(moving))('over %s', (name) => {
  test('memory that was marked is moved, at the call', async () => {
    const { remote } = moving[name]();
    const bytes = new Uint8Array(100_000).fill(1);
    const call = remote.sum(transfer(bytes, [bytes.buffer]));
    expect(bytes.byteLength).toBe(0);
    expect(await call).toBe(100_000);
    const buffer = new ArrayBuffer(8);
    expect(await remote.lengthOf(transfer(buffer, [buffer]))).toBe(8);
    expect(buffer.byteLength).toBe(0);
  });

  test('memory that was not marked stays', async () => {
    const { remote } = moving[name]();
    const bytes = new Uint8Array(1000).fill(1);
    expect(await remote.sum(bytes)).toBe(1000);
    expect(bytes.byteLength).toBe(1000);
  });

  test('a view of a part of a buffer is copied, and the buffer stays', async () => {
    const { remote } = moving[name]();
    const whole = new Uint8Array(1000).fill(1);
    expect(await remote.sum(transfer(whole.subarray(0, 10), [whole.buffer]))).toBe(10);
    expect(whole.byteLength).toBe(1000);
    // Nor does a later call move it, which does not ask for that.
    expect(await remote.sum(whole)).toBe(1000);
    expect(whole.byteLength).toBe(1000);
    const both = transfer([whole, whole.subarray(2, 4)], [whole.buffer]);
    expect(await remote.look(...both)).toEqual(Array(2).fill('Uint8Array over ArrayBuffer'));
    expect(whole.byteLength).toBe(0);
  });

  test('two views of memory that was moved lie over the same memory', async () => {
    const { remote } = moving[name]();
    const buffer = new ArrayBuffer(8);
    const [a, b] = transfer([new Uint8Array(buffer), new Uint8Array(buffer)], [buffer]);
    expect(await remote.together(a, b)).toBe(true);
  });

  test('nothing is moved by a call that is not sent', async () => {
    const { remote } = moving[name]({ limits: { messageBytes: 10_000 } });
    const refused = new Uint8Array(100);
    const unsendable = transfer({ refused, symbol: Symbol('no') }, [refused.buffer]);
    await expect(remote.echo(unsendable)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(refused.byteLength).toBe(100);
    const large = new Uint8Array(20_000);
    await expect(remote.lengthOf(transfer(large, [large.buffer]))).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(large.byteLength).toBe(20_000);
  });

  test('memory that was given away already is refused where it is', async () => {
    const { remote } = moving[name]();
    const bytes = new Uint8Array(8);
    await remote.sum(transfer(bytes, [bytes.buffer]));
    await expect(remote.echo({ at: bytes.buffer })).rejects.toMatchObject({
      code: 'NOT_SERIALIZABLE',
      message: expect.stringContaining('arguments[0].at') as string,
    });
  });

  test('shared memory, and views of it, arrive as themselves', async () => {
    const { remote } = moving[name]();
    const memory = new SharedArrayBuffer(16);
    const counter = new Int32Array(memory, 4, 1);
    expect(await remote.increment(counter)).toBe(0);
    expect(await remote.increment(counter)).toBe(1);
    expect(counter[0]).toBe(2);
    expect(await remote.look(memory, counter, new DataView(memory, 8))).toEqual([
      'SharedArrayBuffer over SharedArrayBuffer',
      'Int32Array over SharedArrayBuffer',
      'DataView over SharedArrayBuffer',
    ]);
    expect(await remote.together(new Uint8Array(memory), new Uint8Array(memory, 2, 3))).toBe(true);
    const back = (await remote.echo(counter)) as Int32Array;
    Atomics.store(back, 0, 9);
    expect([counter[0], back.length, back.byteOffset]).toEqual([9, 1, 4]);
  });
});

describe.each(names(copying))('over %s', (name) => {
  test('memory that was marked is copied, stays, and no later call moves it', async () => {
    const { remote } = copying[name]();
    const bytes = new Uint8Array(1000).fill(1);
    expect(await remote.sum(transfer(bytes, [bytes.buffer]))).toBe(1000);
    expect(bytes.byteLength).toBe(1000);
    const between = moving.memory().remote;
    expect(await between.sum(bytes)).toBe(1000);
    expect(bytes.byteLength).toBe(1000);
  });

  test('shared memory arrives as a copy', async () => {
    const { remote } = copying[name]();
    const counter = new Int32Array(new SharedArrayBuffer(4));
    expect(await remote.look(counter.buffer, counter)).toEqual([
      'ArrayBuffer over ArrayBuffer',
      'Int32Array over ArrayBuffer',
    ]);
    expect(await remote.increment(counter)).toBe(0);
    expect(counter[0]).toBe(0);
  });
});

describe.each(names(every))('over %s', (name) => {
  test('results and items of streams can be moved', async () => {
    const { remote } = every[name]();
    const filled = await remote.filled(50_000);
    expect([filled.byteLength, filled[49_999]]).toEqual([50_000, 7]);
    const seen: (number | undefined)[] = [];
    for await (const piece of remote.pieces(1000)) seen.push(piece.byteLength, piece[999]);
    expect(seen).toEqual([1000, 0, 1000, 1, 1000, 2]);
  });
});

test('only buffers and ports are transferred', () => {
  const list =
    (...items: object[]) =>
    () =>
      transfer(1, items);
  const wrong = { code: 'INVALID_OPTION', message: expect.stringContaining('list[0]') as string };
  expect(list(new Uint8Array(1))).toThrow(expect.objectContaining(wrong));
  expect(list(new SharedArrayBuffer(1))).toThrow(expect.objectContaining(wrong));
  expect(list(Object.freeze(new ArrayBuffer(1)))).toThrow(expect.objectContaining(wrong));
  expect(() => transfer(1, 'buffer' as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
