import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { assign, byReference, release, withOptions, type Remote } from 'portcall';

import { inMemory, overChannels, type Opened } from '../calls/over-channels.ts';
import * as toolbox from '../fixtures/references/toolbox.js';

type Toolbox = typeof toolbox;

const channels = overChannels<Toolbox>(
  new URL('../fixtures/references/toolbox.js', import.meta.url),
  toolbox,
);

/** A member that no type knows of, called. */
const callMember = async (remote: object, name: string): Promise<unknown> =>
  await (remote as Record<string, () => Promise<unknown>>)[name]?.();

const readMember = async (remote: object, name: string): Promise<unknown> =>
  await (remote as Record<string, Promise<unknown>>)[name];

describe.each(channels)('instances over %s', (_, open) => {
  let opened: Opened<Toolbox>;
  let remote: Remote<Toolbox>;
  beforeAll(() => {
    opened = open();
    ({ remote } = opened);
  });
  afterAll(() => opened.close());

  it('are made with new, awaited or not, and called', async () => {
    const awaited = await new remote.Counter(10);
    expect(await awaited.increment()).toBe(11);
    const atOnce = new remote.Counter(20);
    expect(await atOnce.increment()).toBe(21);
    expect(await (await atOnce).increment()).toBe(22);
    expect(await atOnce.increment()).toBe(23);
    expect(await remote.isCounter(atOnce)).toBe(true);
    expect(await new remote.Late().ready).toBe('yes');
  });

  it('reject with what their constructor throws, each use of one that was not awaited too', async () => {
    await expect((async () => await new remote.Counter(-1))()).rejects.toThrow(RangeError);
    const never = new remote.Counter(-1);
    await expect(never.increment()).rejects.toThrow('starts at 0');
    await expect(readMember(never, 'value')).rejects.toThrow('starts at 0');
    await expect(remote.isCounter(never)).rejects.toThrow('starts at 0');
    await expect(
      (async () => await new (remote as never as { None: new () => PromiseLike<object> }).None())(),
    ).rejects.toMatchObject({
      code: 'METHOD_NOT_FOUND',
    });
  });

  it('are passed by reference when they are returned, found in data, or sent back', async () => {
    const single = await remote.getSingle();
    expect(await remote.getSingle()).toBe(single);
    expect(await remote.isSingle(single)).toBe(true);
    const [[back]] = (await remote.echo([single])) as [[unknown]];
    expect(back).toBe(single);
    const twin = await single.twin();
    expect(await remote.isCounter(twin)).toBe(true);
    expect(await remote.isSingle(twin)).toBe(false);
    expect(await twin.self()).toBe(twin);
  });

  it('have getters and fields as properties to await, and nested objects by path', async () => {
    const counter = await new remote.Counter(3);
    expect(await counter.value).toBe(3);
    expect(await counter.fixed).toBe('fixed');
    expect(await counter.step).toBe(1);
    expect(await counter.settings.deep.name).toBe('settings');
    expect(await counter.settings.describe()).toBe('described');
    expect(await counter.next).toBeUndefined();
  });

  it('are set with assign: all properties or none', async () => {
    const counter = await new remote.Counter(3);
    await assign(counter, { value: 10, step: 5 });
    expect(await counter.increment()).toBe(15);
    await expect(assign(counter, { step: 1, stop: 2 })).rejects.toMatchObject({
      code: 'METHOD_NOT_FOUND',
      message: expect.stringContaining('did you mean step') as unknown,
    });
    await expect(assign(counter, { step: 1, fixed: 2 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(assign(counter, { step: 1, increment: 2 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(assign(counter, { step: 1, toString: 2 })).rejects.toMatchObject({
      code: 'METHOD_NOT_FOUND',
    });
    expect(await counter.step).toBe(5);
    await expect(assign(counter, { value: 'text' })).rejects.toThrow('a number is needed');
    await assign(counter, { next: new remote.Counter(1) });
    expect(await (await counter.next)?.increment()).toBe(2);
    await expect(assign(remote.nothing, { x: 1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('cannot be written to as if they were local', async () => {
    const counter = await new remote.Counter(3);
    expect(() => {
      (counter as unknown as { step: number }).step = 2;
    }).toThrow(/assign\(remote, \{ step: … \}\)/);
  });

  it('show nothing private, no symbols and no names of Object.prototype', async () => {
    const counter = await new remote.Counter(3);
    for (const name of [
      'toString',
      'constructor',
      'hasOwnProperty',
      'valueOf',
      '__proto__',
      '__defineGetter__',
    ]) {
      await expect(callMember(counter, name)).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
      await expect(readMember(counter, name)).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
    }
    for (const name of ['#hidden', 'hidden', '#count', 'count'])
      await expect(callMember(counter, name)).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
    expect((counter as object as Record<symbol, unknown>)[Symbol.for('spec.secret')]).toBeUndefined();
    expect(await counter.peek()).toBe('hidden');
    for (const name of ['prototype', 'constructor', 'name', 'length', 'call', 'apply', '__proto__'])
      await expect(readMember(remote.Counter, name)).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
  });

  it('inherit members, and classes their static ones', async () => {
    const doubling = await new remote.Doubling(1);
    expect(await doubling.increment()).toBe(3);
    expect(await doubling.value).toBe(3);
    const made = await remote.Doubling.from(5);
    expect(await made.increment()).toBe(7);
    expect(await remote.Counter.made).toBeGreaterThan(0);
  });

  it('are never thenable, and can be returned from async functions', async () => {
    const counter = await (async () => await new remote.Counter(1))();
    expect(await counter.increment()).toBe(2);
    expect((counter as { then?: unknown }).then).toBeUndefined();
  });

  it('of this side are passed by reference with byReference', async () => {
    const own = byReference({
      count: 0,
      increment() {
        return ++this.count;
      },
    });
    expect(await remote.incrementTwice(own)).toBe(2);
    expect(own.count).toBe(2);
    const [back] = await remote.echo(own);
    expect(back).toBe(own);
  });

  it('are forwarded to a third party', async () => {
    const other = inMemory(toolbox);
    const counter = await new remote.Counter(1);
    expect(await other.remote.incrementTwice(counter)).toBe(3);
    expect(await counter.value).toBe(3);
    const atOnce = new remote.Counter(5);
    expect(await other.remote.incrementTwice(atOnce)).toBe(7);
    const [back] = await other.remote.echo(counter);
    expect(back).toBe(counter);
    await other.close();
  });

  it('take options with withOptions, and are given back by release', async () => {
    const counter = await new remote.Counter(1);
    const aborted = withOptions(counter, { signal: AbortSignal.abort('no') });
    await expect(aborted.increment()).rejects.toBe('no');
    const before = opened.stats.importedReferences;
    release(counter);
    expect(opened.stats.importedReferences).toBe(before - 1);
    await expect(counter.increment()).rejects.toMatchObject({ code: 'REFERENCE_RELEASED' });
    const never = new remote.Counter(1);
    release(never);
    await expect(never.increment()).rejects.toMatchObject({ code: 'REFERENCE_RELEASED' });
  });
});

class Account {
  balance = 0;
  deposit(amount: number) {
    return (this.balance += amount);
  }
}

describe.each(channels)('what this side exposes over %s', (_, open) => {
  it('has instances of its classes passed by reference, as arguments and as results', async () => {
    const opened = open({ expose: { Account } });
    const account = new Account();
    const [back] = await opened.remote.echo(account);
    expect(back).toBe(account);
    await opened.remote.keep(() => account);
    const got = await opened.remote.callKept();
    expect(got).toBe(account);
    expect(await opened.remote.call((given: unknown) => given === account, account)).toBe(true);
    expect(await opened.remote.incrementTwice(byReference({ increment: () => account.deposit(5) }))).toBe(10);
    await opened.close();
  });
});
