import { MessageChannel } from 'node:worker_threads';
import { setImmediate as turn } from 'node:timers/promises';
import { byReference, connect, defineType, type ConnectOptions, type RpcError, type Session } from 'portcall';
import { superjson } from 'portcall/superjson';
import { SuperJSON } from 'superjson';
import { describe, expect, it } from 'vitest';

import { difference } from '../values/same-structure.ts';

class Point {
  x = 0;
  y = 0;
}

class Decimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

class Plain {
  readonly a = 1;
}

/** An exported class, whose instances go by reference. */
class Counter {
  count = 0;
  increment(): number {
    return ++this.count;
  }
}

const api = {
  Counter,
  echo: (value: unknown): unknown => value,
  call: async (callback: (value: unknown) => unknown, value: unknown): Promise<unknown> => callback(value),
  apply: async (holder: { name: string; greet: () => Promise<string> }): Promise<string> => holder.greet(),
  waits: (signal: AbortSignal): Promise<unknown> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  async *items(): AsyncGenerator {
    yield new Date(0);
    yield { big: 1n };
  },
  sum: async (source: AsyncIterable<number>): Promise<number> => {
    let sum = 0;
    for await (const item of source) sum += item;
    return sum;
  },
  fail: (): never => {
    throw Object.assign(new TypeError('no', { cause: new RangeError('why') }), { code: 'E' });
  },
  reject: (value: unknown): never => {
    throw value;
  },
};

function registered(): SuperJSON {
  const instance = new SuperJSON();
  instance.registerClass(Point);
  instance.registerSymbol(token, 'token');
  instance.registerCustom<Decimal, string>(
    {
      isApplicable: (value): value is Decimal => value instanceof Decimal,
      serialize: ({ text }) => text,
      deserialize: (text) => new Decimal(text),
    },
    'decimal',
  );
  return instance;
}

const token = Symbol('token');

function joined(options: ConnectOptions = {}, instance = registered()): Session<typeof api> {
  const { port1, port2 } = new MessageChannel();
  const codec = superjson(instance);
  connect(port2, { expose: api, codec, ...options });
  return connect<typeof api>(port1, { codec, ...options });
}

const failureOf = (promise: PromiseLike<unknown>): Promise<RpcError> =>
  Promise.resolve(promise).then(
    () => Promise.reject(new Error('fulfilled')),
    (error: unknown) => error as RpcError,
  );

describe('with superjson', () => {
  it('values arrive as superjson has them, with what is registered on the instance', async () => {
    await using session = joined();
    const point = Object.assign(new Point(), { x: 1n, y: [undefined, -0, NaN] });
    const arrived = (await session.remote.echo([
      point,
      new Decimal('1.5'),
      token,
      new Map([[point, token]]),
    ])) as [Point, Decimal, symbol, Map<Point, symbol>];
    expect(arrived[0]).toBeInstanceOf(Point);
    expect(arrived[0]).toEqual(point);
    expect(arrived[1]).toEqual(new Decimal('1.5'));
    expect(arrived[1]).toBeInstanceOf(Decimal);
    expect(arrived[2]).toBe(token);
    expect([...arrived[3]]).toEqual([[point, token]]);
  });

  it.each<[string, unknown]>([
    ['plain data', { a: [1, 'x', null, true, { b: [] }] }],
    ['undefined, -0, NaN and the infinities', [undefined, -0, NaN, Infinity, -Infinity]],
    ['dates, invalid ones too', [new Date(5), new Date(NaN)]],
    ['patterns, URLs and BigInts', [/a+/giu, new URL('https://example.org/?a=1'), 12n]],
    ['maps and sets', new Map<unknown, unknown>([[1, new Set([2n])], [{ a: 1 }, [new Map()]]])], // prettier-ignore
    ['bytes', [new Uint8Array([1]), new Float32Array([NaN, -0]), new BigInt64Array([-1n]), new DataView(new ArrayBuffer(3)), new ArrayBuffer(2)]], // prettier-ignore
    ['texts', ['\ud800', '$', 'a.b', '\\', '']],
  ])('%s arrive exactly', async (_, value) => {
    await using session = joined();
    expect(difference(value, await session.remote.echo(value))).toBeUndefined();
  });

  it('a Buffer arrives as a Uint8Array, and bytes travel as bytes', async () => {
    await using session = joined();
    const arrived = (await session.remote.echo({ data: Buffer.from('text') })) as { data: Uint8Array };
    expect(Object.getPrototypeOf(arrived.data)).toBe(Uint8Array.prototype);
    expect(Buffer.from(arrived.data).toString()).toBe('text');
  });

  it('shared objects and cycles arrive as such', async () => {
    await using session = joined();
    const shared = { date: new Date(1) };
    const value: { shared: unknown[]; self?: unknown } = { shared: [shared, shared] };
    value.self = value;
    const arrived = (await session.remote.echo(value)) as { shared: unknown[]; self: unknown };
    expect(arrived.self).toBe(arrived);
    expect(arrived.shared[0]).toBe(arrived.shared[1]);
  });

  it('errors keep class, cause and own properties, thrown or not', async () => {
    await using session = joined();
    const thrown = await failureOf(session.remote.fail());
    expect(thrown).toBeInstanceOf(TypeError);
    expect(thrown).toMatchObject({ message: 'no', code: 'E' });
    expect(thrown.cause).toBeInstanceOf(RangeError);
    expect(thrown.stack).toContain('--- called from ---');
    const [sent, again] = (await session.remote.echo([thrown, thrown])) as [TypeError, TypeError];
    expect(sent).toBeInstanceOf(TypeError);
    expect(sent).toBe(again);
    for (const value of [0, '', false, null, undefined, new Decimal('2'), { a: 1n }])
      expect(await failureOf(session.remote.reject(value))).toEqual(value);
  });

  it('functions, remotes, streams and signals work as ever', async () => {
    await using session = joined();
    const { remote } = session;
    expect(await remote.call(async (value: unknown) => [value, new Date(2)], new Date(1))).toEqual([
      new Date(1),
      new Date(2),
    ]);
    const holder = {
      name: 'Ada',
      async greet(this: { name: string }) {
        return `I am ${this.name}`;
      },
    };
    expect(await remote.apply(holder)).toBe('I am Ada');
    const streamed: unknown[] = [];
    for await (const item of remote.items()) streamed.push(item);
    expect(streamed).toEqual([new Date(0), { big: 1n }]);
    const three = async function* () {
      yield* [1, 2];
    };
    expect(await remote.sum(three())).toBe(3);
    const counter = await new remote.Counter();
    expect(await counter.increment()).toBe(1);
    expect(await remote.echo([counter, counter])).toEqual([counter, counter]);
    const controller = new AbortController();
    const reason = new Error('enough');
    const waiting = failureOf(remote.waits(controller.signal));
    await turn();
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    const marked = byReference({ n: 1 });
    expect(await remote.echo(new Map([[marked, 1]]))).toEqual(new Map([[marked, 1]]));
  });

  it('a function that is there twice is one, and is released as often as it was sent', async () => {
    await using session = joined();
    const callback = (): number => 1;
    const [one, two] = (await session.remote.echo([callback, { callback }])) as [
      unknown,
      { callback: unknown },
    ];
    expect(one).toBe(callback);
    expect(two.callback).toBe(callback);
  });

  it('types registered with defineType go by their definition, where superjson has none for them', async () => {
    const type = defineType({
      name: 'Plain',
      is: (value): value is Plain => value instanceof Plain,
      toPlain: () => 0,
      fromPlain: () => new Plain(),
    });
    await using session = joined({ types: [type] });
    const [one, two] = (await session.remote.echo([new Plain(), new Point()])) as [Plain, Point];
    expect(one).toBeInstanceOf(Plain);
    expect(two).toBeInstanceOf(Point);
  });

  it('takes the default instance, or one of its own', async () => {
    for (const codec of [superjson(SuperJSON), superjson()]) {
      const { port1, port2 } = new MessageChannel();
      connect(port2, { expose: api, codec });
      await using session = connect<typeof api>(port1, { codec });
      expect(await session.remote.echo([new Date(0), () => {}])).toEqual([new Date(0), expect.any(Function)]);
    }
  });

  it('leaves the instance as it was', async () => {
    const instance = registered();
    const before = Reflect.ownKeys(instance);
    const { customTransformerRegistry } = instance;
    await using session = joined({}, instance);
    await session.remote.echo([new Date(0), () => {}]);
    expect(Reflect.ownKeys(instance)).toEqual(before);
    expect(instance.customTransformerRegistry).toBe(customTransformerRegistry);
    expect(instance.stringify([new Date(0)])).toContain('1970');
  });
});

describe('the limits of superjson', () => {
  const own = (name: string): unknown => JSON.parse(`{"deep":[{"${name}":1}]}`);

  it.each<[string, unknown, string]>([
    [
      'a key called __proto__',
      own('__proto__'),
      'arguments[0].deep[0].__proto__ is under a name that superjson refuses',
    ],
    ['a key called constructor', own('constructor'), 'arguments[0].deep[0].constructor is under a name'],
    ['a key called prototype', own('prototype'), 'arguments[0].deep[0].prototype is under a name'],
    ['an array with holes', [1n, [, 1]], 'arguments[0][1] is an array with holes'], // oxlint-disable-line no-sparse-arrays
    ['a class that is not registered', { a: new Map([[1, new Plain()]]) }, 'arguments[0].a["0"] is a Plain'],
    ['a symbol that is not registered', [Symbol('s')], 'arguments[0][0] is a symbol'],
    ['a Promise', [Promise.resolve()], 'arguments[0][0] is a Promise, which cannot be sent; await it first'],
    ['a WeakMap', new WeakMap(), 'arguments[0] is a WeakMap'],
    ['a getter that throws', { get a(): never { throw new Error('own'); } }, 'cannot be sent'], // prettier-ignore
  ])('%s is NOT_SERIALIZABLE, and nothing is left of the call', async (_, value, message) => {
    await using session = joined();
    const error = await failureOf(session.remote.echo(value));
    expect(error).toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'not-sent' });
    expect(error.message).toContain(message);
    const beside = await failureOf(session.remote.call(() => {}, value));
    expect(beside.code).toBe('NOT_SERIALIZABLE');
    expect(session.stats).toMatchObject({ exportedReferences: 0, openStreams: 0, pendingCalls: 0 });
    expect(await session.remote.echo(1)).toBe(1);
  });

  it('a Set that holds what is nearer to the root as well, NaN too, loses its order', async () => {
    await using session = joined();
    const value = [NaN, [new Set([NaN, 1])]] as const;
    const arrived = (await session.remote.echo(value)) as typeof value;
    expect([...arrived[1][0]]).toEqual([1, NaN]);
  });

  it('an object that is there twice, once as the key of a Map, arrives as two', async () => {
    await using session = joined();
    const shared = { a: 1 };
    const [first, map] = (await session.remote.echo([shared, new Map([[shared, 1], [{ a: 2 }, 2]])])) as [object, Map<object, number>]; // prettier-ignore
    expect([...map.keys()][0]).not.toBe(first);
  });

  it('objects without a prototype arrive with one', async () => {
    await using session = joined();
    const bare = Object.assign(Object.create(null) as object, { a: 1n });
    const arrived = await session.remote.echo(bare);
    expect(Object.getPrototypeOf(arrived)).toBe(Object.prototype);
    expect(arrived).toEqual({ a: 1n });
  });

  it('what an error holds goes by Portcall’s own codec, not by what is registered with superjson', async () => {
    await using session = joined();
    const error = Object.assign(new Error('m'), { decimal: new Decimal('1'), date: new Date(0) });
    const arrived = await session.remote.echo(error);
    expect(arrived).toMatchObject({ decimal: '[a Decimal that could not be sent]', date: new Date(0) });
  });
});
