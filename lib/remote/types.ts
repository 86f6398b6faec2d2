import type { CallbackMustBeAwaited, MayBePromised } from './callbacks.ts';
import type {
  Alike,
  BufferLike,
  Callable,
  IsAny,
  IsClass,
  IsInstance,
  IsIntact,
  IsStream,
  IsTuple,
  Newable,
  Primitive,
  Same,
  Unsendable,
} from './kinds.ts';
import type { Referenced } from '../values/by-reference.ts';
import type { CallSignatures, ConstructSignatures, SignatureParts, SixSignatures } from './overloads.ts';

/**
 * An object on the other side: a module's exports, or an instance of a class that lives there.
 * Functions and methods are called as if they were local and return promises; classes are made with
 * `new`; anything else is read with `await`. What is not public, symbols, and whatever is called
 * `then` (a remote held as a value must not be taken for a promise) cannot be reached.
 *
 * Disposing a remote releases the object there.
 *
 * @example
 * ```ts
 * import type { Remote } from 'portcall';
 *
 * type Module = { VERSION: string; add(a: number, b: number): number };
 *
 * async function use(remote: Remote<Module>): Promise<string> {
 *   const sum: number = await remote.add(2, 3);
 *   return `${await remote.VERSION}: ${sum}`;
 * }
 * ```
 */
export type Remote<T> = RemoteDisposal & RemoteMembers<T>;

/**
 * The part every remote and every function that was received has: it is released when it is disposed.
 *
 * @example
 * ```ts
 * import type { RemoteDisposal } from 'portcall';
 *
 * const releaseNow = (remote: RemoteDisposal): void => remote[Symbol.dispose]();
 * ```
 */
export interface RemoteDisposal {
  /** Releases the object or the function on the other side. */
  [Symbol.dispose](): void;
  /** Releases it, and waits until the other side knows. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The members of a remote, without its disposal: what a path such as `remote.math` consists of.
 *
 * @example
 * ```ts
 * import type { RemoteMembers } from 'portcall';
 *
 * const half = (math: RemoteMembers<{ half(x: number): number }>): Promise<number> => math.half(4);
 * ```
 */
export type RemoteMembers<T> = {
  readonly [K in keyof T as Exclude<K, symbol | 'then'>]-?: RemoteMember<T[K]>;
};

type RemoteMember<T> =
  IsAny<T> extends true
    ? T
    : [NonNullable<T>] extends [never]
      ? RemoteValue<T>
      : RemoteMemberOf<NonNullable<T>, T>;

/** The `then` alone is a RemoteValue too, but is not looked at by who passes through to a member. */
type RemoteMemberOf<Defined, T> =
  IsClass<Defined> extends true
    ? RemoteClass<Defined>
    : [Defined] extends [Callable]
      ? RemoteFunction<Defined>
      : IsPath<Defined> extends true
        ? RemoteMembers<Defined> & { readonly then: RemoteValue<T>['then'] }
        : RemoteValue<T>;

/** Only records and instances have members to go on to; a date or an array is one value. */
type IsPath<T> = [T] extends [Primitive | symbol | readonly unknown[] | Unsendable]
  ? false
  : [T] extends [ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>]
    ? false
    : true extends IsIntact<T> | IsStream<T> | (keyof T extends symbol ? true : false)
      ? false
      : true;

/**
 * A value on the other side that is no function and no class: `await` reads it.
 *
 * @example
 * ```ts
 * import type { RemoteValue } from 'portcall';
 *
 * const read = async (version: RemoteValue<string>): Promise<string> => await version;
 * ```
 */
export type RemoteValue<T> = PromiseLike<Received<T>>;

/**
 * A function as it is called from afar. One that returns a promise of plain data keeps its type,
 * type parameters and overloads included; the result of any other becomes a promise of what
 * arrives, or a stream.
 *
 * TypeScript cannot map the type parameters of a function: one that returns its result
 * synchronously loses them to their constraints (`<T>(x: T) => T` becomes
 * `(x: unknown) => Promise<unknown>`). Make it `async` to keep them. Of more than six overloads
 * that have to be mapped the last six remain.
 *
 * @example
 * ```ts
 * import type { RemoteFunction } from 'portcall';
 *
 * const add: RemoteFunction<(a: number, b: number) => number> = async (a, b) => a + b;
 * const same: RemoteFunction<<T>(x: T) => Promise<T>> = async (x) => x;
 *
 * const three: Promise<number> = add(1, 2);
 * const text: Promise<string> = same('text');
 * ```
 */
export type RemoteFunction<F> = F extends (...args: infer A extends readonly unknown[]) => infer R
  ? Same<F, (...args: A) => R> extends true
    ? Signature<A, R, 'exact'>
    : keyof F extends never
      ? KeptOrEach<F, CallSignatures<F>>
      : EachSignature<CallSignatures<F>, 'exact'> & RemoteMembers<F>
  : F extends Callable
    ? F
    : never;

/**
 * A class on the other side: `new` makes an instance there, static members are reached as those of
 * a module. Type parameters of a class become their constraints, as those of a synchronous function
 * do. An abstract class, or one whose constructor is not public, has its static members only.
 *
 * @example
 * ```ts
 * import type { Remote, RemoteClass } from 'portcall';
 *
 * declare class Counter {
 *   constructor(start: number);
 *   static readonly limit: number;
 *   increment(): number;
 * }
 *
 * async function count(remote: { readonly Counter: RemoteClass<typeof Counter> }): Promise<number> {
 *   const counter: Remote<Counter> = await new remote.Counter(await remote.Counter.limit);
 *   return counter.increment();
 * }
 * ```
 */
export type RemoteClass<C> = Constructors<C> &
  (C extends Callable ? RemoteFunction<C> : unknown) &
  RemoteMembers<Omit<C, 'prototype'>>;

/**
 * What `new` gives: an instance that may not be there yet. Its methods can be called at once, and
 * `await` says that it was made.
 *
 * @example
 * ```ts
 * import type { PendingRemote, Remote } from 'portcall';
 *
 * type Counter = { increment(): number };
 *
 * async function twice(pending: PendingRemote<Counter>): Promise<Remote<Counter>> {
 *   await pending.increment();
 *   return await pending;
 * }
 * ```
 */
export type PendingRemote<T> = Remote<T> & PromiseLike<Remote<T>>;

/**
 * What a function returns whose result is a generator or another async iterable: iterate it at
 * once, or await it for the generator.
 *
 * @example
 * ```ts
 * import type { RemoteStream } from 'portcall';
 *
 * async function first(primes: RemoteStream<number>): Promise<number | undefined> {
 *   for await (const prime of primes) return prime;
 *   return undefined;
 * }
 * ```
 */
export type RemoteStream<T, Return = void, Next = unknown> = Promise<AsyncGenerator<T, Return, Next>> &
  AsyncIterable<T>;

/**
 * How a value of type `T` arrives: plain data as it is, functions as remote functions that can be
 * disposed, instances of classes as remotes, generators as async generators, a Buffer as a Uint8Array.
 *
 * A type does not say whether it is a class. One counts as such if it has private or protected
 * members, or methods with parameters, or nothing but functions without any; another object is
 * data, its functions mapped.
 *
 * @example
 * ```ts
 * import type { Received } from 'portcall';
 *
 * type Server = { url: string; close: () => void };
 *
 * async function end(server: Received<Server>): Promise<void> {
 *   using close = server.close;
 *   await close();
 * }
 * ```
 */
export type Received<T> = Crossing<T, 'in', 'exact'>;

/**
 * What may be passed for a parameter of type `T`: the value, remotes for instances, and callbacks
 * that return their result or a promise of it.
 *
 * @example
 * ```ts
 * import type { Remote, Sendable } from 'portcall';
 *
 * type Counter = { increment(): number };
 *
 * const pass = (counter: Remote<Counter>): Sendable<Counter> => counter;
 * const double: Sendable<(x: number) => Promise<number>> = (x) => x * 2;
 * ```
 */
export type Sendable<T> = Crossing<T, 'out', 'exact'>;

/** In which direction a value crosses, as seen from the side that calls. */
type Direction = 'in' | 'out';

/**
 * `exact` gives back types that need no mapping. To find out takes a comparison, which must not start
 * another. So nested types are mapped as `probe` for it, where what is mapped becomes `Changed` and
 * no member of a remote is looked at, and as `value` in what comes out of it. `keep` is the probe of a
 * function with type parameters, which it would lose: functions that are received through it are to be
 * disposed by `release` alone.
 */
type Mode = 'exact' | 'value' | 'probe' | 'keep';

declare const changed: unique symbol;
/** Neither assignable to a type that is mapped, nor from one. */
interface Changed {
  readonly [changed]: true;
}
type Unless<M extends Mode, T> = M extends 'probe' | 'keep' ? Changed : T;

type Crossing<T, D extends Direction, M extends Mode> = unknown extends T
  ? T
  : [T] extends [Primitive]
    ? T
    : M extends 'exact'
      ? Alike<T, CrossingEach<T, D, 'probe'>> extends true
        ? T
        : CrossingEach<T, D, 'value'>
      : CrossingEach<T, D, M>;

type CrossingEach<T, D extends Direction, M extends Mode> = T extends Primitive
  ? T
  : [Referenced<T>] extends [never]
    ? CrossingValue<T, D, M>
    : Unless<M, D extends 'in' ? Remote<Referenced<T>> : T | Remote<Referenced<T>>>;

type CrossingValue<T, D extends Direction, M extends Mode> = T extends readonly unknown[]
  ? CrossingList<T, D, M>
  : T extends ReadonlyMap<infer K, infer V>
    ? T extends Map<K, V>
      ? Map<Crossing<K, D, M>, Crossing<V, D, M>>
      : ReadonlyMap<Crossing<K, D, M>, Crossing<V, D, M>>
    : T extends ReadonlySet<infer V>
      ? T extends Set<V>
        ? Set<Crossing<V, D, M>>
        : ReadonlySet<Crossing<V, D, M>>
      : T extends BufferLike
        ? D extends 'in'
          ? Uint8Array
          : T
        : true extends IsIntact<T>
          ? T
          : CrossingObject<T, D, M>;

type CrossingObject<T, D extends Direction, M extends Mode> = T extends Unsendable
  ? Unless<M, never>
  : IsClass<T> extends true
    ? Unless<M, RemoteClass<T>>
    : T extends Callable
      ? D extends 'in'
        ? ReceivedFunction<T, M>
        : Callback<T, M>
      : IsStream<T> extends true
        ? D extends 'in'
          ? Stream<T, M>
          : T
        : keyof T extends symbol
          ? D extends 'in'
            ? IterableOrNot<T, M>
            : T
          : IsInstance<T> extends true
            ? Unless<M, D extends 'in' ? Remote<T> : T | Remote<T>>
            : { [K in keyof T as Exclude<K, symbol>]: Crossing<T[K], D, M> };

/** A function that is received has a disposal beside what it is called with. */
type ReceivedFunction<F, M extends Mode> = M extends 'probe'
  ? Changed
  : M extends 'keep'
    ? EachSignature<CallSignatures<F>, M>
    : EachSignature<CallSignatures<F>, M> & RemoteDisposal;

/** Only the value tells whether it is a collection or a generator. `object` may be anything. */
type IterableOrNot<T, M extends Mode> =
  T extends Iterable<infer V> ? Iterable<Crossing<V, 'in', M>> | AsyncIterable<Crossing<V, 'in', M>> : T;

/**
 * The compiler puts off what is written as an array or as a tuple, so that types may hold arrays and
 * tuples of themselves; what it has to map it maps at once.
 */
type CrossingList<T extends readonly unknown[], D extends Direction, M extends Mode> =
  IsTuple<T> extends false
    ? T extends (infer V)[]
      ? Crossing<V, D, M>[]
      : readonly Crossing<T[number], D, M>[]
    : T extends [infer A, infer B]
      ? [Crossing<A, D, M>, Crossing<B, D, M>]
      : T extends [infer A, infer B, infer C]
        ? [Crossing<A, D, M>, Crossing<B, D, M>, Crossing<C, D, M>]
        : CrossingAll<T, D, M>;
type CrossingAll<T extends readonly unknown[], D extends Direction, M extends Mode> = {
  [K in keyof T]: Crossing<T[K], D, M>;
};

type Stream<T, M extends Mode> =
  T extends AsyncIterator<infer V, infer R, infer N>
    ? AsyncGenerator<Crossing<V, 'in', M>, Crossing<R, 'in', M>, Crossing<N, 'out', M>>
    : T extends AsyncIterable<infer V>
      ? AsyncGenerator<Crossing<V, 'in', M>, void, unknown>
      : T extends Iterator<infer V, infer R, infer N>
        ? AsyncGenerator<Crossing<V, 'in', M>, Crossing<R, 'in', M>, Crossing<N, 'out', M>>
        : never;

/** Looks at the result of a callback alone: what it takes may be callbacks of its own type. */
type Callback<F, M extends Mode> = F extends (...args: infer A extends readonly unknown[]) => infer R
  ? MayBePromised<R> extends true
    ? (...args: CrossingAll<A, 'in', M>) => CallbackResult<R, M>
    : Unless<M, CallbackMustBeAwaited<F>>
  : never;
type CallbackResult<R, M extends Mode> =
  IsAny<R> extends true ? R : [R] extends [void] ? R : SyncOrAsync<Crossing<Awaited<R>, 'out', M>>;
type SyncOrAsync<T> = T | Promise<T>;

/** Functions made in the branch of a condition are shown as functions, not as `Signature<…>`. */
type Signature<A extends readonly unknown[], R, M extends Mode> = [A] extends [unknown]
  ? (...args: CrossingAll<A, 'out', M>) => Result<R, M>
  : never;

type Result<R, M extends Mode> = IsAny<R> extends true ? Promise<R> : ResultOf<Awaited<R>, M>;
type ResultOf<V, M extends Mode> = true extends IsAny<V> | ([V] extends [never] ? true : false)
  ? Promise<V>
  : [IsStream<V>] extends [true]
    ? Streaming<Stream<V, M>>
    : Promise<Crossing<V, 'in', M>>;
type Streaming<S> = S extends AsyncGenerator<infer V, infer R, infer N> ? RemoteStream<V, R, N> : never;

type EachSignature<P extends SixSignatures, M extends Mode> = [P] extends [unknown]
  ? Signature<P[0][0], P[0][1], M> &
      Signature<P[1][0], P[1][1], M> &
      Signature<P[2][0], P[2][1], M> &
      Signature<P[3][0], P[3][1], M> &
      Signature<P[4][0], P[4][1], M> &
      Signature<P[5][0], P[5][1], M>
  : never;

/** Keeping a function is the only way to keep its type parameters; what it also accepts is added. */
type KeptOrEach<F, P extends SixSignatures> =
  false extends Keeps<P[number]>
    ? EachSignature<P, 'exact'>
    : [TakesAsIs<P[number]>, unknown] extends [true, ThisParameterType<F>]
      ? F
      : F & EachSignature<P, 'exact'>;
type Keeps<P extends SignatureParts> = P extends readonly [infer A extends readonly unknown[], infer R]
  ? IsAny<R> extends true
    ? false
    : Alike<R, Result<R, 'keep'>> extends true
      ? [A] extends [CrossingAll<A, 'out', 'value'>]
        ? true
        : false
      : false
  : never;
type TakesAsIs<P extends SignatureParts> = P extends readonly [infer A extends readonly unknown[], unknown]
  ? Alike<A, CrossingAll<A, 'out', 'keep'>>
  : never;

type Constructors<C> = C extends Newable ? EachConstruct<ConstructSignatures<C>> : unknown;
type EachConstruct<P extends SixSignatures> = [P] extends [unknown]
  ? Construct<P[0]> & Construct<P[1]> & Construct<P[2]> & Construct<P[3]> & Construct<P[4]> & Construct<P[5]>
  : never;
type Construct<P extends SignatureParts> = [P] extends [unknown]
  ? new (...args: CrossingAll<P[0], 'out', 'exact'>) => PendingRemote<P[1]>
  : never;
