import { Readable } from 'node:stream';
import { byReference, connect, type ConnectOptions, type RpcError, type Session } from 'portcall';
import { superjson } from 'portcall/superjson';
import { memoryChannels } from 'portcall/testing';
import { describe, expect, it } from 'vitest';

const api = {
  echo: (...values: readonly unknown[]): unknown => values,
  give: (): unknown => given.value,
  *items(): Generator {
    yield 1;
    yield given.value;
  },
};

/** What `give` returns: this side and the other are one process. */
const given: { value: unknown } = { value: undefined };

class Socket {
  readonly fd = 3;
}

const thrown = new Error('own');
const throws = (): never => {
  throw thrown;
};

const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const proxy = (trap: keyof ProxyHandler<object>, target: object = {}): unknown =>
  new Proxy(target, { [trap]: throws });

/** What cannot be sent, made anew for each message, and where it is said to be. */
const unsendable: readonly (readonly [what: string, make: () => unknown, path: string])[] = [
  ['a getter that throws', () => ({ a: { get b() { return throws(); } } }), '.a.b'], // prettier-ignore
  ['a getter that throws in an array', () => [1, Object.defineProperty([0], 0, { get: throws })], '[1]'],
  ['a revoked Proxy', () => ({ a: [revoked({})] }), '.a[0]'],
  ['a revoked Proxy of a function', () => [revoked(() => {})], '[0]'],
  ['a Proxy that throws at ownKeys', () => [proxy('ownKeys')], '[0]'],
  ['a Proxy that throws at getPrototypeOf', () => [proxy('getPrototypeOf')], '[0]'],
  ['a Proxy that throws at get', () => [proxy('get', { a: 1 })], '[0]'],
  ['a Promise', () => ({ a: Promise.resolve(1) }), '.a'],
  // oxlint-disable-next-line no-thenable
  ['a thenable of a class', () => [Object.create({ then: () => {} })], '[0]'],
  ['an instance deep inside a Map', () => new Map([['k', new Map([['l', [new Socket()]]])]]), '.k.l[0]'],
  ['the key of a Map', () => new Map([[new Socket(), 1]]), '["key 0"]'],
  ['an instance deep inside a Set', () => new Set([0, new Set([{ a: new Socket() }])]), '[1][0].a'],
  ['a symbol', () => ({ a: [Symbol('s')] }), '.a[0]'],
];

const before = (make: () => unknown): unknown[] => [
  () => {},
  byReference({}),
  (async function* () {})(),
  Readable.from([]),
  new ReadableStream(),
  { nested: new Map([[() => 1, new Set([byReference({})])]]) },
  make(),
  () => {},
];

const failureOf = (promise: PromiseLike<unknown>): Promise<RpcError> =>
  Promise.resolve(promise).then(
    () => Promise.reject(new Error('fulfilled')),
    (error: unknown) => error as RpcError,
  );

interface Joined extends AsyncDisposable {
  readonly here: Session<typeof api>;
  readonly there: Session<unknown>;
}

function joined(options: ConnectOptions): Joined {
  const [a, b] = memoryChannels();
  const there = connect(b, { ...options, expose: api });
  const here = connect<typeof api>(a, options);
  return { here, there, [Symbol.asyncDispose]: () => here.close() };
}

const nothing = {
  exportedReferences: 0,
  importedReferences: 0,
  openStreams: 0,
  pendingCalls: 0,
  runningCalls: 0,
};

describe.each<[string, ConnectOptions]>([
  ['Portcall’s own codec', {}],
  ['superjson', { codec: superjson() }],
])('with %s', (name, options) => {
  describe.each(unsendable)('%s', (_, make, path) => {
    it('in arguments fails that call alone, with the path, and takes back all that was registered for it', async () => {
      await using both = joined(options);
      const { here, there } = both;
      const error = await failureOf(here.remote.echo(1, ...before(make)));
      expect(error).toMatchObject({ code: 'NOT_SERIALIZABLE', delivery: 'not-sent' });
      // superjson does not say where a value's own code threw.
      if (name !== 'superjson') expect(error.message).toContain(`arguments[7]${path} is `);
      else expect(error.message).toContain('arguments');
      expect(here.stats).toMatchObject(nothing);
      expect(await here.remote.echo(2n)).toEqual([2n]);
      expect(there.stats).toMatchObject(nothing);
    });

    it('in a result fails that call alone, and takes back all that was registered for it', async () => {
      await using both = joined(options);
      const { here, there } = both;
      given.value = before(make);
      const error = await failureOf(here.remote.give());
      expect(error).toMatchObject({ code: 'NOT_SERIALIZABLE' });
      expect(there.stats).toMatchObject(nothing);
      expect(await here.remote.echo(2n)).toEqual([2n]);
      expect(here.stats).toMatchObject(nothing);
    });

    it('as an item ends its stream with the error, after the items before it', async () => {
      await using both = joined(options);
      const { here, there } = both;
      given.value = before(make);
      const items: unknown[] = [];
      const error = await failureOf(
        (async () => {
          for await (const item of here.remote.items()) items.push(item);
        })(),
      );
      expect(items).toEqual([1]);
      expect(error).toMatchObject({ code: 'NOT_SERIALIZABLE' });
      expect(here.stats).toMatchObject(nothing);
      expect(there.stats).toMatchObject(nothing);
    });
  });
});

describe('what changes while it is sent', () => {
  it('is sent as it was when it was read, and never without an end', async () => {
    await using both = joined({});
    const map = new Map<number, object>();
    const growing = (): object => ({
      get size() {
        map.set(map.size, growing());
        return map.size;
      },
    });
    map.set(0, growing());
    const list: unknown[] = [
      { get more() { list.push('more'); return 1; } }, // prettier-ignore
      2,
    ];
    const set = new Set<unknown>();
    set.add({ get more() { set.add({}); return 1; } }); // prettier-ignore
    expect(await both.here.remote.echo(map, list, set)).toEqual([
      new Map([[0, { size: 2 }]]),
      [{ more: 1 }, 2],
      new Set([{ more: 1 }]),
    ]);
  });

  it('by a getter that makes a call is sent in the order in which it was finished', async () => {
    await using both = joined({});
    const inner: Promise<unknown>[] = [];
    const value = { get call() { inner.push(both.here.remote.echo('inner')); return 'outer'; } }; // prettier-ignore
    expect(await both.here.remote.echo(value, () => {})).toMatchObject([
      { call: 'outer' },
      expect.any(Function),
    ]);
    expect(await Promise.all(inner)).toEqual([['inner']]);
  });
});
