import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { release, withOptions } from 'portcall';

import { inMemory, overChannels, type Opened } from '../calls/over-channels.ts';
import * as toolbox from '../fixtures/references/toolbox.js';

type Toolbox = typeof toolbox;

const channels = overChannels<Toolbox>(
  new URL('../fixtures/references/toolbox.js', import.meta.url),
  toolbox,
);

describe.each(channels)('functions over %s', (_, open) => {
  let opened: Opened<Toolbox>;
  beforeAll(() => {
    opened = open();
  });
  afterAll(() => opened.close());

  /** What the other side has posted by now has been read when this fulfils. */
  const roundTrip = () => opened.remote.nothing();

  it('cross anywhere in arguments, and are called on their object', async () => {
    const holder = {
      list: [(x: number) => x + 1],
      map: new Map([['f', async (x: number) => x + 2]]),
      set: new Set([(x: number) => x + 3]),
      deep: {
        own: {
          by: 4,
          method(x: number) {
            return x + this.by;
          },
        },
      },
    };
    expect(await opened.remote.callAll(holder, 10)).toEqual([11, 12, 13, 14]);
  });

  it('cross anywhere in results, and are called on their object', async () => {
    const { list, map, set, deep } = await opened.remote.gives();
    expect(await list[0]?.(10)).toBe(11);
    expect(await map.get('f')?.(10)).toBe(12);
    expect(await [...set][0]?.(10)).toBe(13);
    expect(await deep.own.method(10)).toBe(14);
    // It is called on the object it came from, whatever is done with it here.
    const { method } = deep.own;
    expect(await method(10)).toBe(14);
    expect(await method.call({ by: 100 }, 10)).toBe(14);
  });

  it('reject with what they throw, there and here', async () => {
    const throwing = await opened.remote.thrower('from there');
    await expect(throwing()).rejects.toMatchObject({
      name: 'RangeError',
      message: 'from there',
      code: 'E_THROWN',
    });
    const own = new TypeError('from here');
    await expect(opened.remote.call(() => Promise.reject(own))).rejects.toMatchObject({
      name: 'TypeError',
      message: 'from here',
    });
  });

  it('take and give functions in their turn, to any depth', async () => {
    const deep = (x: number) => (y: number) => (next: (z: number) => Promise<number>) => next(x + y);
    const first = (await opened.remote.call(() => deep, 1)) as (
      x: number,
    ) => Promise<(y: number) => Promise<(next: (z: number) => number) => Promise<number>>>;
    const second = await (await first(1))(2);
    expect(await second((z) => z * 10)).toBe(30);
  });

  it('give and take streams', async () => {
    async function* numbers() {
      yield 1;
      yield* [2, 3];
    }
    const items = (await opened.remote.call(() => numbers())) as AsyncIterable<number>;
    const got: number[] = [];
    for await (const item of items) got.push(item);
    expect(got).toEqual([1, 2, 3]);
  });

  it('are the same reference however often they are sent', async () => {
    const callback = () => 'same';
    await opened.remote.keep(callback);
    expect(await opened.remote.isKept(callback)).toBe(true);
    expect(await opened.remote.isKept(() => 'same')).toBe(false);
    expect(await opened.remote.giveConstant()).toBe(await opened.remote.giveConstant());
    await opened.remote.forget();
  });

  it('are the original again at home', async () => {
    const callback = () => 'mine';
    const object = { callback };
    const back = await opened.remote.echo(callback, [callback], object, new Map([[callback, callback]]));
    expect(back[0]).toBe(callback);
    expect(back[1]).toEqual([callback]);
    expect((back[2] as typeof object).callback).toBe(callback);
    expect([...(back[3] as Map<unknown, unknown>).entries()]).toEqual([[callback, callback]]);
    expect(await opened.remote.isConstant(await opened.remote.giveConstant())).toBe(true);
  });

  it('are forwarded to a third party, both ways', async () => {
    const other = inMemory(toolbox);
    const throwing = await opened.remote.thrower('forwarded');
    await expect(other.remote.call(throwing)).rejects.toMatchObject({
      message: 'forwarded',
      code: 'E_THROWN',
    });
    const constant = await opened.remote.giveConstant();
    const [back] = await other.remote.echo(constant);
    expect(back).toBe(constant);
    const add = (await other.remote.call(() => (x: number) => x + 1)) as (x: number) => Promise<number>;
    expect(await opened.remote.call(add, 4)).toBe(5);
    // A function of the program itself among the arguments of a forwarded call.
    expect(await other.remote.call(opened.remote.call as never, () => 'through both')).toBe('through both');
    await other.close();
  });

  it('reject once they are released, and are given back', async () => {
    const before = opened.stats.importedReferences;
    const slow = await opened.remote.slowly();
    const under = slow();
    release(slow);
    release(slow);
    await expect(slow()).rejects.toMatchObject({ code: 'REFERENCE_RELEASED', delivery: 'not-sent' });
    await expect(withOptions(slow, { timeoutMs: 1000 })()).rejects.toMatchObject({
      code: 'REFERENCE_RELEASED',
    });
    await expect(opened.remote.call(slow)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(opened.stats.importedReferences).toBe(before);
    // The call under way goes on.
    await opened.remote.open();
    expect(await under).toBe('done');
  });

  it('are given back by dispose, and asyncDispose waits until that is known', async () => {
    const first = await opened.remote.slowly();
    const second = await opened.remote.slowly();
    first[Symbol.dispose]();
    await second[Symbol.asyncDispose]();
    await expect(first()).rejects.toMatchObject({ code: 'REFERENCE_RELEASED' });
    await expect(second()).rejects.toMatchObject({ code: 'REFERENCE_RELEASED' });
  });

  it('live on where a release crosses a message that sends them again', async () => {
    const first = await opened.remote.giveConstant();
    const again = opened.remote.giveConstant();
    release(first);
    const second = await again;
    await roundTrip();
    expect(await second()).toBe('constant');
    expect(second).not.toBe(first);
    expect(await opened.remote.isConstant(second)).toBe(true);
  });

  it('are counted: exported until each time they were sent is given back', async () => {
    const before = opened.stats.exportedReferences;
    const callback = () => 1;
    for (let time = 0; time < 5; time++) await opened.remote.keep(callback);
    expect(opened.stats.exportedReferences).toBe(before + 1);
    expect(await opened.remote.callKept()).toBe(1);
    await opened.remote.forget();
  });

  it('call each other a thousand deep without deadlock', async () => {
    const callback = (depth: number): Promise<number> =>
      depth === 0 ? Promise.resolve(0) : opened.remote.descend(depth, callback).then((n) => n + 1);
    expect(await opened.remote.descend(1000, callback)).toBe(1000 + 999);
  });

  it('take options with withOptions', async () => {
    const slow = await opened.remote.slowly();
    await expect(withOptions(slow, { timeoutMs: 10 })()).rejects.toMatchObject({ code: 'TIMEOUT' });
    const controller = new AbortController();
    const call = withOptions(slow, { signal: controller.signal })();
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    await opened.remote.open();
  });
});

describe.each(channels)('when a session over %s ends', (_, open) => {
  it('its functions reject, and what it held is given up', async () => {
    const opened = open();
    const constant = await opened.remote.giveConstant();
    await opened.remote.keep(() => {});
    const slow = await opened.remote.slowly();
    const under = slow();
    const closing = opened.close({ graceMs: 0 });
    await expect(under).rejects.toMatchObject({
      code: expect.stringMatching(/CHANNEL_CLOSED|CHILD_EXITED/) as unknown,
    });
    await closing;
    await expect(constant()).rejects.toMatchObject({
      code: expect.stringMatching(/CHANNEL_CLOSED|CHILD_EXITED/) as unknown,
      delivery: 'not-sent',
    });
    const { exportedReferences, importedReferences, openStreams } = opened.stats;
    expect({ exportedReferences, importedReferences, openStreams }).toEqual({
      exportedReferences: 0,
      importedReferences: 0,
      openStreams: 0,
    });
  });
});
