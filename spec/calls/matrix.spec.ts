import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { everyChannel, type Opened } from './every-channel.ts';

describe.each(everyChannel)('over %s', (_, open) => {
  let opened: Opened;
  beforeAll(() => {
    opened = open();
  });
  afterAll(() => opened.close());

  it('calls functions, synchronous and asynchronous', async () => {
    expect(await opened.remote.add(2, 3)).toBe(5);
    expect(await opened.remote.addLater(2, 3)).toBe(5);
    expect(opened.remote.add(2, 3)).toBeInstanceOf(Promise);
  });

  it('calls what is exported under a name that is no identifier, and the default export', async () => {
    expect(await opened.remote['odd name'](2, 3)).toBe(5);
    expect(await opened.remote.default('world')).toBe('hello world');
  });

  it('calls through namespaces, with the object they are in as this', async () => {
    const before = await opened.remote.counter.value;
    expect(await opened.remote.counter.increase(2)).toBe(before + 2);
    expect(await opened.remote.counter.value).toBe(before + 2);
    expect(await opened.remote.counter.deep.own()).toBe('deep');
    expect(await opened.remote.geometry.area(2, 3)).toBe(6);
  });

  it('reads constants', async () => {
    expect(await opened.remote.VERSION).toBe('1.2.3');
    expect(await opened.remote.geometry.unit).toBe('cm');
  });

  it('calls a toString that is really exported', async () => {
    expect(await opened.remote.toString()).toBe('a really exported toString');
  });

  it('returns falsy values and undefined as they are', async () => {
    const falsy = [undefined, null, 0, -0, '', false, NaN, 0n];
    expect(await opened.remote.echo(...falsy)).toEqual(falsy);
    const single: unknown[] = [];
    for (const value of falsy) single.push(await opened.remote.later(value));
    expect(single).toEqual(falsy);
    expect(await opened.remote.nothing()).toBeUndefined();
  });

  it('rejects with what was thrown, falsy values too', async () => {
    for (const value of [undefined, null, 0, '', false, NaN, 'text', { code: 1 }]) {
      const outcome = await opened.remote.throwBack(value).then(
        () => 'returned',
        (error: unknown) => ({ error }),
      );
      expect(outcome).toEqual({ error: value });
    }
  });

  it('keeps the class, message, cause and own properties of errors', async () => {
    const thrown = Object.assign(new RangeError('too far', { cause: new TypeError('why') }), {
      code: 'E_FAR',
    });
    const error: unknown = await opened.remote.throwBack(thrown).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({
      message: 'too far',
      code: 'E_FAR',
      cause: expect.any(TypeError) as unknown,
    });
  });

  it('starts calls in the order in which they were made, a thousand at once', async () => {
    const numbers = Array.from({ length: 1000 }, (_unused, index) => index);
    await Promise.all(numbers.map((number) => opened.remote.note(number)));
    expect(await opened.remote.noted()).toEqual(numbers);
  });

  it('gives each of thousands of calls its own result', async () => {
    const numbers = Array.from({ length: 5000 }, (_unused, index) => index);
    const sums = await Promise.all(numbers.map((number) => opened.remote.add(number, number)));
    expect(sums).toEqual(numbers.map((number) => number * 2));
    expect(opened.stats.pendingCalls).toBe(0);
  });

  it('delivers results in the order in which they come about', async () => {
    const order: unknown[] = [];
    const first = opened.remote.gate('first').then((value) => order.push(value));
    const second = opened.remote.gate('second').then((value) => order.push(value));
    await opened.remote.open('second', 2);
    await second;
    await opened.remote.open('first', 1);
    await first;
    expect(order).toEqual([2, 1]);
  });

  it('makes signals among the arguments live at the callee, and hands back their own reason', async () => {
    const live = new AbortController();
    const waiting = opened.remote.untilAborted(live.signal);
    const nested = opened.remote.untilNestedAborted([{ signal: live.signal }]);
    const reason = new Error('enough');
    live.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(nested).rejects.toBe(reason);
    await expect(opened.remote.untilAborted(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await opened.remote.areSame(live.signal, live.signal)).toBe(true);
  });

  it('rejects at once when the signal of a call aborts, or its time is up', async () => {
    const controller = new AbortController();
    const reason = { any: 'thing' };
    const call = opened.with({ signal: controller.signal }).gate('never');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(opened.with({ timeoutMs: 30 }).gate('never either')).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(opened.stats.pendingCalls).toBe(0);
  });

  it('makes one-way calls in order with others', async () => {
    expect(await opened.with({ oneway: true }).note('one way')).toBeUndefined();
    expect(await opened.remote.noted()).toEqual(['one way']);
  });

  it('carries bytes, maps, dates and shared references', async () => {
    const shared = { list: [1, 2] };
    const values = [
      new Uint8Array([1, 2, 3]),
      new Map([[shared, new Date(5)]]),
      new Set([1n]),
      shared,
      shared,
    ];
    const back = await opened.remote.echo(...values);
    expect(back).toEqual(values);
    expect(back[3]).toBe(back[4]);
    expect([...(back[1] as Map<unknown, unknown>).keys()][0]).toBe(back[3]);
  });
});

// Where the other side has a thread of its own, so that it replies while this one is busy.
describe.each(everyChannel.slice(0, 5))('over %s', (_, open) => {
  it('a reply that has arrived wins over a deadline that passed while the caller was busy', async () => {
    const opened = open();
    await opened.remote.add(1, 2);
    const call = opened.with({ timeoutMs: 200 }).add(2, 3);
    // The call leaves at the end of this tick.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const end = performance.now() + 1500;
    while (performance.now() < end);
    expect(await call).toBe(5);
    await opened.close();
  });
});
