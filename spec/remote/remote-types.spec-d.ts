import { describe, expectTypeOf, test } from 'vitest';

import type { CallbackMustBeAwaited } from '../../lib/remote/callbacks.ts';
import type {
  PendingRemote,
  Received,
  Remote,
  RemoteClass,
  RemoteDisposal,
  RemoteFunction,
  RemoteStream,
  RemoteValue,
  Sendable,
} from '../../lib/remote/types.ts';

/** A function as it is received. */
type Held<F> = F & RemoteDisposal;

declare class Counter {
  constructor(start: number);
  static readonly limit: number;
  static of(start: number): Counter;
  value: number;
  increment(): number;
  clone(): Counter;
  absorb(other: Counter): Promise<number>;
  map<T>(change: (value: number) => Promise<T>): Promise<T>;
  protected secret(): void;
  private hidden(): void;
}

type User = { readonly id: string; name?: string; friends: User[] };
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

declare function overloaded(x: string): string;
declare function overloaded(x: number, y?: boolean): number;
declare function overloaded(x: Date): Promise<Date>;
declare function overloaded(x: Counter): Counter;

declare function asyncOverloads(x: string): Promise<string>;
declare function asyncOverloads<T>(x: T[]): Promise<T>;

interface Module {
  readonly VERSION: string;
  readonly config: { port: number; nested: { deep: boolean }; now(): Date };
  readonly users: User[];
  readonly started: Date;
  readonly nothing: undefined;
  readonly counter: Counter;
  'odd name'(): number;
  default: (x: number) => string;
  then: () => void;
  [Symbol.iterator]: () => void;
  add(a: number, b: number): number;
  Counter: typeof Counter;
  math: { half(x: number): number; PI: number };
  optional?: (x: number) => number;
  overloaded: typeof overloaded;
}
declare const remote: Remote<Module>;

describe('a remote', () => {
  test('holds what the module exports, and nothing else', () => {
    // @ts-expect-error no such export
    void remote.missing;
    // @ts-expect-error a remote held as a value is never thenable
    void remote.then;
    // @ts-expect-error symbols do not cross
    void remote[Symbol.iterator];
    // @ts-expect-error exports are read-only
    remote.add = async () => 5;
    expectTypeOf<Awaited<Remote<Module>>>().toEqualTypeOf<Remote<Module>>();
  });

  test('calls functions, whatever they are called', () => {
    expectTypeOf(remote.add).toEqualTypeOf<(a: number, b: number) => Promise<number>>();
    expectTypeOf(remote['odd name']()).toEqualTypeOf<Promise<number>>();
    expectTypeOf(remote.default(1)).toEqualTypeOf<Promise<string>>();
    expectTypeOf(remote.optional(1)).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error arguments are checked
    void remote.add(1, '2');
    // @ts-expect-error and no options are appended
    void remote.add(1, 2, { timeoutMs: 1 });
  });

  test('reads constants with await', async () => {
    expectTypeOf(remote.VERSION).toEqualTypeOf<RemoteValue<string>>();
    expectTypeOf(await remote.VERSION).toEqualTypeOf<string>();
    expectTypeOf(await remote.users).toEqualTypeOf<User[]>();
    expectTypeOf(await remote.started).toEqualTypeOf<Date>();
    expectTypeOf(await remote.nothing).toEqualTypeOf<undefined>();
    // @ts-expect-error only a path below a remote can be awaited, it has nothing else of a promise
    void remote.VERSION.catch;
    // @ts-expect-error the value is not here yet
    remote.VERSION satisfies string;
  });

  test('reaches into plain objects, which are values too', async () => {
    expectTypeOf(await remote.config.port).toEqualTypeOf<number>();
    expectTypeOf(await remote.config.nested).toEqualTypeOf<{ deep: boolean }>();
    expectTypeOf(await remote.config.nested.deep).toEqualTypeOf<boolean>();
    expectTypeOf(remote.config.now()).toEqualTypeOf<Promise<Date>>();
    expectTypeOf(remote.math.half(1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf((await remote.config).now()).toEqualTypeOf<Promise<Date>>();
    expectTypeOf((await remote.config).port).toEqualTypeOf<number>();
  });

  test('of any takes any name, of unknown none', () => {
    const untyped = {} as Remote<ReturnType<typeof JSON.parse>>;
    void untyped.whatever(1, 2);
    const empty = {} as Remote<unknown>;
    // @ts-expect-error nothing is known
    void empty.whatever;
  });
});

describe('a class', () => {
  test('is made with new, and used at once or when it is there', async () => {
    expectTypeOf(new remote.Counter(10)).toEqualTypeOf<PendingRemote<Counter>>();
    expectTypeOf(new remote.Counter(10).increment()).toEqualTypeOf<Promise<number>>();
    const counter = await new remote.Counter(10);
    expectTypeOf(counter).toEqualTypeOf<Remote<Counter>>();
    expectTypeOf(counter.increment()).toEqualTypeOf<Promise<number>>();
    expectTypeOf(await counter.value).toEqualTypeOf<number>();
    expectTypeOf(counter[Symbol.dispose]()).toEqualTypeOf<void>();
    expectTypeOf(counter[Symbol.asyncDispose]()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(await remote.counter).toEqualTypeOf<Remote<Counter>>();
    expectTypeOf(remote.counter.increment()).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error constructor arguments are checked
    void new remote.Counter('10');
    // @ts-expect-error as locally
    void remote.Counter(10);
  });

  test('shows what is public', () => {
    const counter = {} as Remote<Counter>;
    // @ts-expect-error private
    void counter.hidden;
    // @ts-expect-error protected
    void counter.secret;
    const thenable = {} as Remote<{ then(): void; now(): void }>;
    // @ts-expect-error a remote must not be taken for a promise
    void thenable.then;
    expectTypeOf(thenable.now()).toEqualTypeOf<Promise<void>>();
  });

  test('has static members', async () => {
    expectTypeOf(await remote.Counter.limit).toEqualTypeOf<number>();
    expectTypeOf(remote.Counter.of(1)).toEqualTypeOf<Promise<Remote<Counter>>>();
    // @ts-expect-error no such member
    void remote.Counter.missing;
  });

  test('may have several constructors', () => {
    type Point = { move(by: number): void };
    type Points = { new (x: number, y: number): Point; new (text: string): Point };
    const points = {} as RemoteClass<Points>;
    expectTypeOf(new points(1, 2)).toEqualTypeOf<PendingRemote<Point>>();
    expectTypeOf(new points('1,2')).toEqualTypeOf<PendingRemote<Point>>();
    // @ts-expect-error neither
    void new points(true);
  });

  test('that cannot be made has its static members', () => {
    abstract class Shape {
      static unit(): number {
        return 1;
      }
      abstract area(): number;
    }
    class Single {
      static readonly instance = new Single();
      private constructor() {}
      get(): number {
        return 1;
      }
    }
    const shape = {} as RemoteClass<typeof Shape>;
    const single = {} as Remote<{ Single: typeof Single }>;
    expectTypeOf(shape.unit()).toEqualTypeOf<Promise<number>>();
    expectTypeOf(single.Single.instance.get()).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error abstract
    void new shape();
    // @ts-expect-error private constructor
    void new single.Single();
  });

  test('loses its type parameters: TypeScript cannot map them', () => {
    class Box<T> {
      #content: T;
      constructor(content: T) {
        this.#content = content;
      }
      open(): T {
        return this.#content;
      }
    }
    const box = {} as RemoteClass<typeof Box>;
    expectTypeOf(new box('text')).toEqualTypeOf<PendingRemote<Box<unknown>>>();
  });
});

describe('a function', () => {
  test('that returns a promise of plain data keeps its type', () => {
    type Kept = [
      (user: User) => Promise<User>,
      (name: string, signal?: AbortSignal, ...rest: number[]) => Promise<Map<string, Set<User[]>>>,
      <T>(x: T) => Promise<T>,
      <T extends { id: string }>(x: T, key: keyof T) => Promise<T & { version: number }>,
      typeof asyncOverloads,
      (json: Json) => Promise<Json>,
      (x: [id: string, ...rest: number[]]) => Promise<readonly [a: string, b?: Date]>,
      (bytes: Uint8Array) => Promise<Error | URL | RegExp | bigint | ArrayBuffer | Float64Array>,
      () => Promise<unknown>,
      () => Promise<object>,
      () => Promise<ReturnType<typeof JSON.parse>>,
      () => Promise<void>,
      () => Promise<never>,
    ];
    type Each<F extends unknown[]> = { [K in keyof F]: RemoteFunction<F[K]> };
    expectTypeOf<Each<Kept>>().toEqualTypeOf<Kept>();
  });

  test('that returns at once returns a promise', () => {
    expectTypeOf<RemoteFunction<() => void>>().toEqualTypeOf<() => Promise<void>>();
    expectTypeOf<RemoteFunction<() => never>>().toEqualTypeOf<() => Promise<never>>();
    expectTypeOf<RemoteFunction<() => unknown>>().toEqualTypeOf<() => Promise<unknown>>();
    expectTypeOf<RemoteFunction<typeof JSON.parse>>().returns.toEqualTypeOf<
      Promise<ReturnType<typeof JSON.parse>>
    >();
    expectTypeOf<RemoteFunction<(x?: number) => string | Promise<string>>>().toEqualTypeOf<
      (x?: number) => Promise<string>
    >();
    expectTypeOf<RemoteFunction<() => boolean>>().toEqualTypeOf<() => Promise<boolean>>();
  });

  test('keeps its overloads', () => {
    expectTypeOf(remote.overloaded('x')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(remote.overloaded(1, true)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(remote.overloaded(new Date())).toEqualTypeOf<Promise<Date>>();
    expectTypeOf(remote.overloaded({} as Counter)).toEqualTypeOf<Promise<Remote<Counter>>>();
    expectTypeOf(remote.overloaded({} as Remote<Counter>)).toEqualTypeOf<Promise<Remote<Counter>>>();
    // @ts-expect-error none takes it
    void remote.overloaded(true);
  });

  test('loses its type parameters when it is synchronous: TypeScript cannot map them', () => {
    expectTypeOf<RemoteFunction<<T>(x: T) => T>>().toEqualTypeOf<(x: unknown) => Promise<unknown>>();
    expectTypeOf<RemoteFunction<<T extends User>(x: T) => T[]>>().toEqualTypeOf<
      (x: User) => Promise<User[]>
    >();
  });

  test('keeps type parameters beside parameters that accept more', () => {
    type Transform = <T>(counter: Counter, change: (value: number) => Promise<T>) => Promise<T>;
    const transform = {} as RemoteFunction<Transform>;
    expectTypeOf(transform({} as Counter, async (value) => String(value))).toEqualTypeOf<Promise<string>>();
    expectTypeOf(transform({} as Remote<Counter>, (value) => value)).toEqualTypeOf<Promise<unknown>>();
    const counter = {} as Remote<Counter>;
    expectTypeOf(counter.map(async (value) => [value])).toEqualTypeOf<Promise<number[]>>();
  });

  test('may say what its this is', () => {
    const free = {} as Remote<{ free(this: void, x: number): Promise<number> }>;
    expectTypeOf(free.free(1)).toEqualTypeOf<Promise<number>>();
  });

  test('may have members', async () => {
    type Run = ((command: string) => Promise<string>) & { sync(command: string): string; timeout: number };
    const run = {} as RemoteFunction<Run>;
    expectTypeOf(run('ls')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(run.sync('ls')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(await run.timeout).toEqualTypeOf<number>();
  });
});

describe('a result', () => {
  test('has remote functions for functions', () => {
    type Server = { url: string; close: () => void; on: { error: ((e: Error) => boolean)[] } };
    expectTypeOf<Received<Server>>().toEqualTypeOf<{
      url: string;
      close: Held<() => Promise<void>>;
      on: { error: Held<(e: Error) => Promise<boolean>>[] };
    }>();
    expectTypeOf<Received<() => () => number>>().toEqualTypeOf<
      Held<() => Promise<Held<() => Promise<number>>>>
    >();
    expectTypeOf<Received<Map<string, () => number>>>().toEqualTypeOf<
      Map<string, Held<() => Promise<number>>>
    >();
    expectTypeOf<Received<typeof overloaded>>().toBeCallableWith('x');
  });

  test('lets go of functions with using', async () => {
    type Adders = {
      adder(first: number): (second: number) => number;
      lateAdder(first: number): Promise<(second: number) => Promise<number>>;
      both(): Promise<{ add: (a: number, b: number) => Promise<number> }>;
      each(visit: (done: () => Promise<void>) => Promise<void>): Promise<void>;
      maybe(): Promise<(() => Promise<void>) | undefined>;
    };
    const { adder, lateAdder, both, each, maybe } = {} as Remote<Adders>;
    using one = await adder(1);
    await using other = await lateAdder(1);
    const { add } = await both();
    using mine = add;
    using none = await maybe();
    expectTypeOf([one(2), other(2), mine(1, 2), none?.()]).not.toBeAny();
    // A function that takes what is not received keeps its type, and callbacks may be declared without.
    expectTypeOf(lateAdder(1)).resolves.toExtend<(second: number) => Promise<number>>();
    await each(async (done) => {
      using given = done;
      await given();
    });
    await each(async (done: () => Promise<void>) => done());
  });

  test('keeps the type parameters of a function that returns functions', () => {
    type Kept = <T>(x: T) => Promise<() => Promise<T>>;
    expectTypeOf<RemoteFunction<Kept>>().toEqualTypeOf<Kept>();
  });

  test('has remotes for instances', () => {
    expectTypeOf<Received<Counter>>().toEqualTypeOf<Remote<Counter>>();
    expectTypeOf<Received<Counter | null>>().toEqualTypeOf<Remote<Counter> | null>();
    expectTypeOf<Received<[Counter, ...Counter[]]>>().toEqualTypeOf<
      [Remote<Counter>, ...Remote<Counter>[]]
    >();
    expectTypeOf<Received<readonly { c?: Counter }[]>>().toEqualTypeOf<readonly { c?: Remote<Counter> }[]>();
    expectTypeOf<Received<Set<Counter>>>().toEqualTypeOf<Set<Remote<Counter>>>();
    expectTypeOf<Received<typeof Counter>>().toEqualTypeOf<RemoteClass<typeof Counter>>();
    expectTypeOf<Received<{ increment(): number }>>().toEqualTypeOf<Remote<{ increment(): number }>>();
    expectTypeOf<Received<{ value: number; add(x: number): void }>>().toEqualTypeOf<
      Remote<{ value: number; add(x: number): void }>
    >();
  });

  test('takes an object for data where its type does not tell it from an instance', () => {
    type Toggle = { on: boolean; flip(): boolean };
    expectTypeOf<Received<Toggle>>().toEqualTypeOf<{ on: boolean; flip: Held<() => Promise<boolean>> }>();
    // What `new` gives is an instance whatever it looks like.
    expectTypeOf<InstanceType<RemoteClass<new () => Toggle>>>().toEqualTypeOf<PendingRemote<Toggle>>();
  });

  test('turns a Buffer into a Uint8Array', () => {
    expectTypeOf<Received<Buffer>>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<Received<{ body: Buffer[] }>>().toEqualTypeOf<{ body: Uint8Array[] }>();
    expectTypeOf<Received<Uint8Array<ArrayBuffer>>>().toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  });

  test('keeps streams of the web and signals', () => {
    expectTypeOf<Received<ReadableStream<string>>>().toEqualTypeOf<ReadableStream<string>>();
    expectTypeOf<Received<WritableStream<string>>>().toEqualTypeOf<WritableStream<string>>();
    expectTypeOf<Received<{ signal: AbortSignal }>>().toEqualTypeOf<{ signal: AbortSignal }>();
    expectTypeOf<RemoteFunction<() => ReadableStream<string>>>().toEqualTypeOf<
      () => Promise<ReadableStream<string>>
    >();
  });

  test('leaves nothing of what cannot cross', () => {
    expectTypeOf<Received<symbol>>().toEqualTypeOf<never>();
    expectTypeOf<Received<WeakMap<object, number>>>().toEqualTypeOf<never>();
    expectTypeOf<Received<{ a: WeakSet<object>; b: Promise<number> }>>().toEqualTypeOf<{
      a: never;
      b: never;
    }>();
  });

  test('may refer to itself', () => {
    interface Tree {
      parent: Tree | undefined;
      children: Tree[];
      byName: Map<string, Tree>;
      pair?: [Tree, Tree];
    }
    interface Chain {
      id: number;
      next: () => Chain;
    }
    interface AsyncChain {
      id: number;
      next: () => Promise<AsyncChain>;
      all: () => Promise<AsyncChain[]>;
    }
    type Pair = [string, Pair | null];
    type Handler = (next: Handler) => Promise<void>;
    type Nested = (() => number) | Nested[] | { [key: string]: Nested };
    class Node {
      parent: Node | null = null;
      append(...children: Node[]): this {
        void children;
        return this;
      }
    }
    expectTypeOf<Received<Tree>>().toEqualTypeOf<Tree>();
    expectTypeOf<Received<AsyncChain>>().toExtend<AsyncChain>();
    const held = {} as Received<AsyncChain>;
    expectTypeOf(held.next().then((one) => one.next)).resolves.toExtend<RemoteDisposal>();
    expectTypeOf<Received<Pair>>().toEqualTypeOf<Pair>();
    expectTypeOf<Sendable<Pair>>().toEqualTypeOf<Pair>();
    const chain = {} as Received<Chain>;
    expectTypeOf(chain.next().then((one) => one.next().then((two) => two.id))).toEqualTypeOf<
      Promise<number>
    >();
    const use = {} as RemoteFunction<(handler: Handler) => Promise<void>>;
    void use(async (next) => next(async () => {}));
    const nested = {} as Received<Nested>;
    if (Array.isArray(nested)) expectTypeOf(nested).toEqualTypeOf<Received<Nested>[]>();
    const node = {} as Remote<Node>;
    expectTypeOf(node.append({} as Node, node)).toEqualTypeOf<Promise<Remote<Node>>>();
    expectTypeOf(node.parent).resolves.toEqualTypeOf<Remote<Node> | null>();
  });
});

describe('a stream', () => {
  type Generators = {
    primes(limit: number): AsyncGenerator<number, string, boolean>;
    iterable(): AsyncIterable<User>;
    later(): Promise<AsyncGenerator<number, void, unknown>>;
    sync(): Generator<number, string, boolean>;
    entries(): IterableIterator<Counter>;
  };
  const streams = {} as Remote<Generators>;

  test('can be iterated at once, or awaited first', async () => {
    expectTypeOf(streams.primes(1)).toEqualTypeOf<
      Promise<AsyncGenerator<number, string, boolean>> & AsyncIterable<number>
    >();
    for await (const prime of streams.primes(1)) expectTypeOf(prime).toEqualTypeOf<number>();
    const primes = await streams.primes(1);
    expectTypeOf(await primes.next(true)).toEqualTypeOf<IteratorResult<number, string>>();
    expectTypeOf(streams.iterable()).toEqualTypeOf<RemoteStream<User>>();
    expectTypeOf(streams.later()).toEqualTypeOf<RemoteStream<number>>();
    expectTypeOf(streams.sync()).toEqualTypeOf<RemoteStream<number, string, boolean>>();
    for await (const counter of streams.entries()) expectTypeOf(counter).toEqualTypeOf<Remote<Counter>>();
  });

  test('is not what is merely iterable', () => {
    expectTypeOf<RemoteFunction<() => number[]>>().returns.toEqualTypeOf<Promise<number[]>>();
    expectTypeOf<RemoteFunction<() => string>>().returns.toEqualTypeOf<Promise<string>>();
    expectTypeOf<RemoteFunction<() => Set<string>>>().returns.toEqualTypeOf<Promise<Set<string>>>();
    expectTypeOf<RemoteFunction<() => Uint8Array>>().returns.toEqualTypeOf<Promise<Uint8Array>>();
    expectTypeOf<RemoteFunction<() => Map<string, User>>>().returns.toEqualTypeOf<
      Promise<Map<string, User>>
    >();
    // Only the value tells whether it is a collection or a generator.
    expectTypeOf<RemoteFunction<() => Iterable<string>>>().returns.toEqualTypeOf<
      Promise<Iterable<string> | AsyncIterable<string>>
    >();
  });

  test('may be part of a result', () => {
    expectTypeOf<Received<{ log: AsyncIterable<string> }>['log']>().toEqualTypeOf<
      AsyncGenerator<string, void, unknown>
    >();
  });
});

describe('a parameter', () => {
  test('accepts remotes for instances, wherever they are', () => {
    const counter = {} as Remote<Counter>;
    expectTypeOf<Sendable<Counter>>().toEqualTypeOf<Counter | Remote<Counter>>();
    expectTypeOf<Remote<Counter>>().toExtend<Sendable<Counter>>();
    counter satisfies Sendable<Counter | string>;
    ({ deep: [counter, {} as Counter] }) satisfies Sendable<{ deep: Counter[] }>;
    expectTypeOf(counter.absorb(counter)).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error another class
    ({}) as Remote<User> satisfies Sendable<Counter>;
  });

  test('is a callback whose result is awaited', () => {
    type Accepted = {
      nothing: (x: string) => void;
      unknown: (x: string) => unknown;
      promise: (x: string) => Promise<number>;
      maybe: (x: string) => number | Promise<number>;
      stream: () => AsyncIterable<number>;
      counter: (counter: Counter) => Promise<void>;
    };
    expectTypeOf<Sendable<Accepted['nothing']>>().toEqualTypeOf<Accepted['nothing']>();
    expectTypeOf<Sendable<Accepted['unknown']>>().returns.toEqualTypeOf<unknown>();
    expectTypeOf<Sendable<Accepted['promise']>>().toEqualTypeOf<Accepted['maybe']>();
    expectTypeOf<Sendable<Accepted['maybe']>>().toEqualTypeOf<Accepted['maybe']>();
    expectTypeOf<Sendable<Accepted['stream']>>().toBeCallableWith();
    expectTypeOf<Sendable<Accepted['counter']>>().parameter(0).toEqualTypeOf<Remote<Counter>>();
    (async () => {}) satisfies Sendable<Accepted['nothing']>;
    ({ onData: (x) => x.length }) satisfies Sendable<{ onData?: (x: string) => Promise<number> }>;
  });

  test('is no callback whose result is used at once', () => {
    type Sort = (items: number[], compare: (a: number, b: number) => number) => Promise<number[]>;
    const sort = {} as RemoteFunction<Sort>;
    // @ts-expect-error the comparator's result would arrive as a promise
    void sort([], (a, b) => a - b);
    // @ts-expect-error nor does a promise of it help, because the function there does not await it
    void sort([], async (a, b) => a - b);
    expectTypeOf<Sendable<Parameters<Sort>[1]>>().toEqualTypeOf<CallbackMustBeAwaited<Parameters<Sort>[1]>>();

    type SortBy = <T>(items: T[], compare: (a: T, b: T) => number) => Promise<T[]>;
    const sortBy = {} as RemoteFunction<SortBy>;
    // @ts-expect-error type parameters change nothing about it
    void sortBy([1], () => 0);
    // @ts-expect-error nor being an option
    ({ filter: () => true }) satisfies Sendable<{ filter: (x: number) => boolean }>;
  });

  test('takes a signal, and plain data as it is', () => {
    expectTypeOf<Sendable<AbortSignal | undefined>>().toEqualTypeOf<AbortSignal | undefined>();
    expectTypeOf<Sendable<User>>().toEqualTypeOf<User>();
    expectTypeOf<Sendable<unknown>>().toEqualTypeOf<unknown>();
    expectTypeOf<Sendable<object>>().toEqualTypeOf<object>();
    expectTypeOf<Sendable<symbol>>().toEqualTypeOf<never>();
    expectTypeOf<Sendable<Buffer>>().toEqualTypeOf<Buffer>();
    expectTypeOf<Sendable<AsyncIterable<string>>>().toEqualTypeOf<AsyncIterable<string>>();
  });
});
