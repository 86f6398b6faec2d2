import type { Alike, Callable, IsAny, IsClass, IsIntact, IsStream, Primitive, Same } from './kinds.ts';
import type { CallSignatures, SignatureParts, SixSignatures } from './overloads.ts';
import type { Received, Sendable } from './types.ts';

/**
 * The functions of a module as functions that block their caller: each returns its result itself, in place of a
 * promise. Nested objects are there for the functions in them; classes and other values are not, since a `remote` has
 * them.
 *
 * @example
 * ```ts
 * import type { SyncRemote } from 'portcall';
 *
 * type Module = { VERSION: string; load(name: string): Promise<{ size: number }> };
 *
 * const sizeOf = (sync: SyncRemote<Module>, name: string): number => sync.load(name).size;
 * ```
 */
export type SyncRemote<T> = {
  readonly [K in keyof T as SyncName<K, T[K]>]-?: SyncMember<NonNullable<T[K]>>;
};

type SyncName<K, V> = K extends symbol | 'then'
  ? never
  : HasFunctions<NonNullable<V>> extends true
    ? K
    : never;

type SyncMember<V> = IsAny<V> extends true ? V : [V] extends [Callable] ? SyncFunction<V> : SyncRemote<V>;

/** Whether there is anything to call: functions, or objects with some. Other values are not looked into. */
type HasFunctions<V> =
  IsAny<V> extends true
    ? true
    : [V] extends [never]
      ? false
      : IsClass<V> extends true
        ? false
        : [V] extends [Callable]
          ? true
          : [V] extends [Primitive | symbol | readonly unknown[] | PromiseLike<unknown>]
            ? false
            : true extends IsIntact<V> | IsStream<V>
              ? false
              : true extends {
                    [K in keyof V]-?: [NonNullable<V[K]>] extends [never]
                      ? false
                      : NonNullable<V[K]> extends Callable | { readonly [name: string]: unknown }
                        ? true
                        : false;
                  }[keyof V]
                ? true
                : false;

/**
 * A function as it is called by a caller that blocks. One that takes and returns plain data, and no promise, keeps its
 * type, type parameters and overloads included; the result of any other becomes what arrives.
 *
 * @example
 * ```ts
 * import type { SyncFunction } from 'portcall';
 *
 * const size = (load: SyncFunction<(name: string) => Promise<Uint8Array>>): number => load('logo').byteLength;
 * ```
 */
export type SyncFunction<F> = F extends (...args: infer A extends readonly unknown[]) => infer R
  ? Same<F, (...args: A) => R> extends true
    ? SyncSignature<A, R>
    : keyof F extends never
      ? KeptOrEach<F, CallSignatures<F>>
      : EachSignature<CallSignatures<F>>
  : never;

type SyncSignature<A extends readonly unknown[], R> = [A] extends [unknown]
  ? (...args: SendableAll<A>) => SyncResult<R>
  : never;

type SendableAll<A extends readonly unknown[]> = { [K in keyof A]: Sendable<A[K]> };

type SyncResult<R> = IsAny<R> extends true ? R : Received<Awaited<R>>;

type EachSignature<P extends SixSignatures> = SyncSignature<P[0][0], P[0][1]> &
  SyncSignature<P[1][0], P[1][1]> &
  SyncSignature<P[2][0], P[2][1]> &
  SyncSignature<P[3][0], P[3][1]> &
  SyncSignature<P[4][0], P[4][1]> &
  SyncSignature<P[5][0], P[5][1]>;

/** Keeping a function is the only way to keep its type parameters. */
type KeptOrEach<F, P extends SixSignatures> = false extends Keeps<P[number]> ? EachSignature<P> : F;
type Keeps<P extends SignatureParts> = P extends readonly [infer A extends readonly unknown[], infer R]
  ? [A, Alike<R, SyncResult<R>>] extends [SendableAll<A>, true]
    ? true
    : false
  : never;
