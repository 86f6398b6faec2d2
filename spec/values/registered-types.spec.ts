import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MessageChannel } from 'node:worker_threads';
import {
  byReference,
  connect,
  defineError,
  defineType,
  fork,
  worker,
  type ConnectOptions,
  type Definition,
  type RpcError,
  type Session,
} from 'portcall';
import { memoryChannels } from 'portcall/testing';
import { describe, expect, it } from 'vitest';

import { duplexPair } from '../calls/every-channel.ts';
import * as shop from '../fixtures/values/shop.js';
import {
  basket,
  Basket,
  errors,
  money,
  Money,
  OutOfStock,
  ShopError,
} from '../fixtures/values/shop-types.js';

type Shop = typeof shop;

const types: readonly Definition[] = [money, basket, ...errors];

/** Both ends of a session in this process, and what its calls travel over. */
function joined(options: ConnectOptions = { types }, theirs: ConnectOptions = options): Session<Shop> {
  const [here, there] = memoryChannels();
  connect(there, { expose: shop, ...theirs });
  return connect<Shop>(here, options);
}

const overPort = (): Session<Shop> => {
  const { port1, port2 } = new MessageChannel();
  connect(port2, { expose: shop, types });
  return connect<Shop>(port1, { types });
};

const overStreams = (): Session<Shop> => {
  const [here, there] = duplexPair();
  connect(there, { expose: shop, types });
  return connect<Shop>(here, { types });
};

const failureOf = (promise: PromiseLike<unknown>): Promise<RpcError> =>
  Promise.resolve(promise).then(
    () => Promise.reject(new Error('fulfilled')),
    (error: unknown) => error as RpcError,
  );

// What the types of a module cannot say: which classes are registered.
const echoOf = ({ remote }: Session<Shop>): ((value: unknown) => Promise<unknown>) => remote.echo;

describe.each([
  ['memory', () => joined()],
  ['a port', overPort],
  ['streams', overStreams],
])('an instance of a registered type over %s', (_, open) => {
  it('arrives as an instance, in arguments, results, callbacks and streams', async () => {
    await using session = open();
    const echo = echoOf(session);
    const price = new Money(7n, 'EUR');
    expect(await session.remote.areMoney(price, { cents: 7n })).toEqual([true, false]);
    const back = (await echo(price)) as Money;
    expect(back).toBeInstanceOf(Money);
    expect(back).not.toBe(price);
    expect(back.times(2n).cents).toBe(14n);
    expect(await session.remote.bargain((async (offer: Money) => offer.times(2n)) as never)).toBe(200n);
    const streamed: unknown[] = [];
    for await (const item of session.remote.prices()) streamed.push(item instanceof Money);
    expect(streamed).toEqual([true, true]);
  });

  it('arrives within others, and as one where it is there twice', async () => {
    await using session = open();
    const price = new Money(7n, 'EUR');
    const shared = { price };
    const sent = [new Basket(new Map([[price, new Set([shared])]])), shared, price];
    const [full, again, last] = (await echoOf(session)(sent)) as [Basket, typeof shared, Money];
    const [[key, set] = []] = full.content as Map<Money, Set<typeof shared>>;
    expect(key).toBeInstanceOf(Money);
    expect([...(set ?? [])][0]).toBe(again);
    expect(again.price).toBe(last);
    expect(key).toBe(last);
  });

  it('that is an error arrives as one of its class, with all that it had', async () => {
    await using session = open();
    const error = (await failureOf(session.remote.order())) as unknown as OutOfStock;
    expect(error).toBeInstanceOf(OutOfStock);
    expect(error).toBeInstanceOf(ShopError);
    expect(error).toMatchObject({ name: 'Error', message: 'tea is out of stock', item: 'tea', retry: true });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.advice).toBe('try again: true');
    expect(error.last).toBeInstanceOf(Money);
    expect(error.stack).toContain('shop');
    expect(error.stack).toContain('--- called from ---');
  });
});

it('a module of types is loaded by both sides, before the first call is written', async () => {
  const script = fileURLToPath(new URL('../fixtures/values/shopping.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  const each = [
    '[ true, false ] 1 28n',
    "[ true, 'Error', 'tea', 5n, true, 'try again: true' ] [ true, false, 'ShopClosed', 'after six' ]",
    'true true [ 1n, 2n ] 3n 200n',
  ].join(' ');
  expect(stdout.trim().split('\n')).toEqual(
    ['pipe', 'ipc', 'stdio', 'worker'].map((name) => `${name} ${each}`),
  );
});

describe('a registered type', () => {
  it('wins over passing instances of exported classes by reference, and over streams', async () => {
    class Series {
      readonly items: readonly number[];
      constructor(...items: number[]) {
        this.items = items;
      }
      [Symbol.iterator](): Iterator<number> {
        return this.items[Symbol.iterator]();
      }
    }
    const series = defineType({
      name: 'Series',
      is: (value): value is Series => value instanceof Series,
      toPlain: ({ items }) => items,
      fromPlain: (items) => new Series(...items),
    });
    await using session = joined({ types: [...types, series] });
    expect(await echoOf(session)(new Series(1, 2))).toEqual(new Series(1, 2));
    const made = (await new session.remote.Money(3n, 'EUR')) as unknown;
    expect(made).toBeInstanceOf(Money);
    expect(session.stats).toMatchObject({ exportedReferences: 0, importedReferences: 0, openStreams: 0 });
  });

  it('does not win over an object that was marked by hand', async () => {
    await using session = joined();
    const marked = byReference(new Money(1n, 'EUR'));
    expect(await session.remote.areMoney(marked)).toEqual([false]);
  });

  it('is asked about no plain object, array, function or remote', async () => {
    const asked: unknown[] = [];
    const curious = defineType({
      name: 'Curious',
      is: (value): value is Basket => (asked.push(value), false),
      toPlain: () => 0,
      fromPlain: () => new Basket(0),
    });
    await using session = joined({ types: [curious] });
    const date = new Date(0);
    const remote = await echoOf(session)(() => 1);
    await echoOf(session)([{ a: [1n] }, remote, () => 2, date]);
    expect(asked.every((value) => value instanceof Date)).toBe(true);
    expect(asked).toContain(date);
  });

  it('may stand for a built-in class', async () => {
    const day = defineType({
      name: 'Day',
      is: (value): value is Date => value instanceof Date,
      toPlain: (date) => date.toISOString().slice(0, 10),
      fromPlain: (text) => new Date(text),
    });
    await using session = joined({ types: [day] });
    expect(await echoOf(session)([new Date('2020-02-03T04:05:06Z')])).toEqual([new Date('2020-02-03')]);
  });

  it('belongs to the sessions that it was passed to', async () => {
    await using knowing = joined();
    await using ignorant = joined({});
    expect(await echoOf(knowing)(new Basket(1))).toBeInstanceOf(Basket);
    expect(
      await failureOf(echoOf(ignorant)(new Date(0)).then(() => ignorant.remote.order())),
    ).not.toBeInstanceOf(ShopError);
  });
});

describe('cycles', () => {
  it('through what holds an instance arrive', async () => {
    await using session = joined();
    const holder: { basket?: Basket } = {};
    holder.basket = new Basket(holder);
    const arrived = (await echoOf(session)(holder)) as typeof holder;
    expect(arrived.basket).toBeInstanceOf(Basket);
    expect(arrived.basket?.content).toBe(arrived);
  });

  it('through the instance itself are NOT_SERIALIZABLE', async () => {
    await using session = joined();
    const own = new Basket(undefined);
    own.content = { list: [own] };
    const error = await failureOf(echoOf(session)([own]));
    expect(error).toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'not-sent' });
    expect(error.message).toContain(
      'arguments[0][0][0].list[0] is a Basket of a registered type that holds itself',
    );
    expect(session.stats.pendingCalls).toBe(0);
  });

  it.each([
    ['itself', (value: Basket) => value],
    ['always another', () => new Basket(0)],
  ])('in a toPlain() that returns %s are NOT_SERIALIZABLE', async (_, toPlain) => {
    const endless = defineType({
      name: 'Endless',
      is: (value): value is Basket => value instanceof Basket,
      toPlain,
      fromPlain: (plain) => plain,
    });
    await using session = joined({ types: [endless] });
    expect(await failureOf(echoOf(session)(new Basket(0)))).toMatchObject({ code: 'NOT_SERIALIZABLE' });
  });
});

describe('a type that goes wrong fails its own call', () => {
  const broken = (parts: object): Definition =>
    defineType({
      name: 'Broken',
      is: (value): value is Basket => value instanceof Basket,
      toPlain: ({ content }: Basket) => content,
      fromPlain: (content: unknown) => new Basket(content),
      ...parts,
    });
  const fail = (): never => {
    throw new Error('on purpose');
  };

  it.each([['is'], ['toPlain']])('where its %s() throws', async (part) => {
    await using session = joined({ types: [broken({ [part]: fail })] });
    const error = await failureOf(echoOf(session)({ deep: [() => {}, new Basket(1)] }));
    expect(error).toMatchObject({
      code: 'NOT_SERIALIZABLE',
      delivery: 'not-sent',
      cause: { message: 'on purpose' },
    });
    expect(error.message).toContain(
      `arguments[0].deep[1] is a Basket at which the ${part}() of type Broken threw`,
    );
    expect(session.stats.exportedReferences).toBe(0);
    expect(await session.remote.echo(1)).toBe(1);
  });

  it.each([
    ['throws', fail, 'threw at what the other side sent: on purpose'],
    ['returns no object', () => 5, 'returned 5 instead of an object'],
  ])('where its fromPlain() %s', async (_, fromPlain, message) => {
    await using session = joined({ types: [broken({})] }, { types: [broken({ fromPlain })] });
    const error = await failureOf(echoOf(session)(new Basket(1)));
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(error.message).toContain(message);
    expect(await session.remote.echo(1)).toBe(1);
  });

  it('where the receiver does not know it, which says what to do', async () => {
    await using session = joined({ types }, { types: [] });
    const error = await failureOf(session.remote.echo([new Basket(() => {}), () => {}]));
    expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
    expect(error.message).toMatch(/type "Basket", which is not registered .* with the option types/);
    expect(await session.remote.echo(1)).toBe(1);
  });

  it('but an error of a class that the receiver does not know arrives all the same', async () => {
    await using session = joined({}, { types: errors });
    const error = await failureOf(session.remote.enter());
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(ShopError);
    expect(error).toMatchObject({ name: 'ShopClosed', message: 'after six', retry: true });
  });
});

describe('wrong definitions are INVALID_OPTION', () => {
  const invalid = (message: RegExp): unknown => expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(message) as string }); // prettier-ignore
  const [here] = memoryChannels();
  const good = { name: 'x', is: (value: object): value is Date => value instanceof Date, toPlain: () => 0, fromPlain: () => new Date() }; // prettier-ignore

  it.each<[string, () => unknown, RegExp]>([
    ['a type without a name', () => defineType({ ...good, name: '' }), /^defineType\(\): name is ""/],
    [
      'a type without a test',
      () => defineType({ ...good, is: undefined as never }),
      /^defineType\(\): is is undefined/,
    ],
    ['no type', () => defineType(undefined as never), /^defineType\(\): type is undefined/],
    [
      'a class of no errors',
      () => defineError(Date as never),
      /^defineError\(\): errorClass is the function Date/,
    ],
    [
      'an error class without a name',
      () => defineError(class extends Error {}),
      /^defineError\(\): name is ""/,
    ],
    [
      'something else',
      () => connect(here, { types: [good as never] }),
      /^connect\(\): types\[0\] is an object/,
    ],
    [
      'no list',
      () => connect(here, { types: money as never }),
      /^connect\(\): types is an object; it must be an array/,
    ],
    [
      'two of a name',
      () => connect(here, { types: [defineType(good), defineType(good)] }),
      /^connect\(\): types: there are two of the name "x"/,
    ],
    [
      'a list for a child',
      () => fork(import.meta.url, { types: [money] as never }),
      /^fork\(\): types is an array; it must be the file URL of a module/,
    ],
    [
      'a relative path for a child',
      () => worker(import.meta.url, { types: './types.js' }),
      /^worker\(\): types is "\.\/types\.js", and a relative path/,
    ],
    ['a codec for a child', () => fork(import.meta.url, { codec: {} } as never), /^fork\(\): codec/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(invalid(message));
  });
});
