import type { CallSignatures, ConstructSignatures, SignatureParts, SixSignatures } from './overloads.ts';
import type {
  Callable,
  IsAny,
  IsClass,
  IsIntact,
  IsStream,
  Newable,
  Primitive,
  Unsendable,
} from './kinds.ts';
import type { Remote, RemoteFunction, RemoteValue, Sendable } from './types.ts';

/**
 * A remote whose results can be used before they have arrived: their members can be called and
 * read, and they can be passed as arguments, all in one round trip.
 *
 * Type parameters of functions become their constraints, because results are mapped throughout.
 *
 * @example
 * ```ts
 * import type { Pipeline } from 'portcall';
 *
 * type User = { id: string; friends(): User[] };
 * type Module = { login(name: string): User; greet(user: User): string };
 *
 * async function use(pipeline: Pipeline<Module>): Promise<string> {
 *   const user = pipeline.login('ada');
 *   void user.friends();
 *   return pipeline.greet(user);
 * }
 * ```
 */
export type Pipeline<T> = {
  readonly [K in keyof T as Exclude<K, symbol | 'then'>]-?: PipelineMember<T[K]>;
};

/**
 * A result under way: the promise (or stream) that the call gives anywhere, and the members of what
 * it will be. Members called `then`, `catch` and `finally` are those of the promise.
 *
 * @example
 * ```ts
 * import type { PipelinedResult } from 'portcall';
 *
 * type User = { id: string; rename(name: string): void };
 *
 * async function use(user: PipelinedResult<User>): Promise<string> {
 *   await user.rename('ada');
 *   return await user.id;
 * }
 * ```
 */
export type PipelinedResult<T> = ReturnType<RemoteFunction<() => T>> &
  Pipelined<Awaited<T>> &
  PipelinedMembers<Awaited<T>, keyof Promise<unknown>>;

/**
 * A path below a result under way, or below the pipeline: `await` reads it, and it can be passed on
 * without having been read.
 *
 * @example
 * ```ts
 * import type { PipelinedValue } from 'portcall';
 *
 * const read = async (id: PipelinedValue<string>): Promise<string> => await id;
 * ```
 */
export type PipelinedValue<T> = RemoteValue<T> & Pipelined<T> & PipelinedMembers<T>;

declare const pipelined: unique symbol;

/**
 * The mark of a result under way, by which it is accepted where its value is expected. An ordinary
 * promise has none: it cannot be sent.
 *
 * @example
 * ```ts
 * import type { Pipelined, PipelinedResult } from 'portcall';
 *
 * const pass = (user: PipelinedResult<{ id: string }>): Pipelined<{ id: string }> => user;
 * ```
 */
export interface Pipelined<T> {
  /** What it will be; only the compiler sees it. */
  readonly [pipelined]: T;
}

/**
 * What may be passed to a pipelined call for a parameter of type `T`: what may always be passed, and
 * results under way in place of it or of anything within it.
 *
 * @example
 * ```ts
 * import type { PipelineArgument, PipelinedResult } from 'portcall';
 *
 * type Order = { user: { id: string }; items: number[] };
 *
 * function order(user: PipelinedResult<{ id: string }>): PipelineArgument<Order> {
 *   return { user, items: [1, 2] };
 * }
 * ```
 */
export type PipelineArgument<T> = Sendable<T> | Pipelined<T> | PipelineWithin<T>;

/** Only data has anything within it: instances and functions are passed whole. */
type PipelineWithin<T> = unknown extends T
  ? never
  : T extends Primitive | symbol | Callable | Unsendable
    ? never
    : T extends readonly (infer V)[]
      ? number extends T['length']
        ? readonly PipelineArgument<V>[]
        : { [K in keyof T]: PipelineArgument<T[K]> }
      : true extends IsIntact<T> | IsStream<T> | (keyof T extends symbol ? true : false)
        ? never
        : { [K in keyof T as Exclude<K, symbol>]: PipelineArgument<T[K]> };

type PipelineMember<T> =
  IsAny<T> extends true
    ? T
    : [NonNullable<T>] extends [never]
      ? PipelinedValue<T>
      : IsClass<NonNullable<T>> extends true
        ? PipelineClass<NonNullable<T>>
        : [NonNullable<T>] extends [Callable]
          ? PipelineFunction<NonNullable<T>>
          : PipelinedValue<T>;

type PipelinedMembers<T, Hidden = never> =
  IsAny<T> extends true ? T : PipelinedMembersOf<NonNullable<T>, Hidden>;
type PipelinedMembersOf<T, Hidden> = [T] extends [Primitive | symbol]
  ? unknown
  : T extends readonly (infer V)[]
    ? { readonly [index: number]: PipelineMember<V> }
    : T extends Callable
      ? PipelineFunction<T>
      : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
        ? unknown
        : true extends IsIntact<T> | IsStream<T>
          ? unknown
          : Pipeline<Omit<T, Hidden & keyof T>>;

type PipelineClass<C> = (C extends Newable ? EachConstruct<ConstructSignatures<C>> : unknown) &
  (C extends Callable ? PipelineFunction<C> : unknown) &
  Pipeline<Omit<C, 'prototype'>>;
type PipelineFunction<F> = EachCall<CallSignatures<F>>;

type Arguments<A extends readonly unknown[]> = { [K in keyof A]: PipelineArgument<A[K]> };
/** Made in the branch of a condition, so that they are shown as functions and not as `Call<…>`. */
type Call<P extends SignatureParts> = [P] extends [unknown]
  ? (...args: Arguments<P[0]>) => PipelinedResult<P[1]>
  : never;
type Construct<P extends SignatureParts> = [P] extends [unknown]
  ? new (...args: Arguments<P[0]>) => PipelinedInstance<P[1]>
  : never;
type PipelinedInstance<T> = PromiseLike<Remote<T>> & Pipelined<T> & Pipeline<T>;

type EachCall<P extends SixSignatures> = [P] extends [unknown]
  ? Call<P[0]> & Call<P[1]> & Call<P[2]> & Call<P[3]> & Call<P[4]> & Call<P[5]>
  : never;
type EachConstruct<P extends SixSignatures> = [P] extends [unknown]
  ? Construct<P[0]> & Construct<P[1]> & Construct<P[2]> & Construct<P[3]> & Construct<P[4]> & Construct<P[5]>
  : never;
