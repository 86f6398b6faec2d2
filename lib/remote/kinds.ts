/**
 * What a type is, as far as crossing a channel is concerned. Nothing here knows of remotes, and
 * nothing names a type of Node or of the DOM: what belongs to them is told by its structure.
 */

/** Anything that can be called. */
export type Callable = (...args: never) => unknown;

/** Anything that can be called with `new`. */
export type Newable = new (...args: never) => unknown;

/** What JSON or a tag within it holds in one piece. */
export type Primitive = string | number | bigint | boolean | null | undefined | void;

/** Whether two types are the same, to the last modifier and type parameter. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Whether each of two types is assignable to the other. */
export type Alike<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

export type IsAny<T> = 0 extends 1 & T ? true : false;

type SignalLike = {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
};
type UrlLike = { href: string; readonly origin: string; readonly searchParams: object };
type ReadableLike = { readonly locked: boolean; getReader(...args: never): unknown };
type WritableLike = { readonly locked: boolean; getWriter(...args: never): unknown };
type PortLike = { postMessage(...args: never): unknown; start(): void; close(): void };
type SocketLike = { setNoDelay(...args: never): unknown; setKeepAlive(...args: never): unknown };
type ServerLike = {
  readonly listening: boolean;
  address(): unknown;
  getConnections(...args: never): unknown;
};

/** Node's streams have this in common, which no other emitter does. */
type NodeStreamLike = {
  pipe(...args: never): unknown;
  destroy(...args: never): unknown;
  readonly destroyed: boolean;
};

/** Node's Buffer, which arrives as the Uint8Array it is. */
export type BufferLike = Uint8Array & { readUInt8(...args: never): unknown };

/** Objects that arrive as what they were: copies, streams of the web and of Node, live signals, ports and handles. */
type Intact =
  | Date
  | RegExp
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | UrlLike
  | SignalLike
  | ReadableLike
  | WritableLike
  | NodeStreamLike
  | PortLike
  | SocketLike
  | ServerLike;

/** An object with a name and a message is not an error yet: only errors have a stack. */
type IsError<T> = T extends Error ? ('stack' extends keyof T ? true : false) : false;

declare const crossesByValue: unique symbol;

/**
 * What a class that is registered with `defineType` is declared to be, so that the types of remotes know that its
 * instances arrive as instances. Nothing is added to them.
 *
 * @example
 * ```ts
 * import type { ByValue } from 'portcall';
 *
 * export class Money {
 *   constructor(readonly cents: bigint) {}
 *   times(factor: bigint): Money {
 *     return new Money(this.cents * factor);
 *   }
 * }
 * export interface Money extends ByValue {}
 * ```
 */
export interface ByValue {
  /** Never there. */
  readonly [crossesByValue]?: never;
}

export type IsIntact<T> = T extends Intact ? true : typeof crossesByValue extends keyof T ? true : IsError<T>;

export type IsTuple<T extends readonly unknown[]> = number extends T['length']
  ? T extends readonly [unknown, ...unknown[]] | readonly [...unknown[], unknown]
    ? true
    : false
  : true;

/** What cannot cross by any means. */
export type Unsendable =
  | symbol
  | PromiseLike<unknown>
  | WeakMap<never, unknown>
  | WeakSet<never>
  | WeakRef<never>;

/** Something to iterate bit by bit, not a collection that is there as a whole. */
export type IsStream<T> = T extends Primitive | Intact
  ? false
  : Declares<T, typeof Symbol.asyncIterator> extends true
    ? true
    : Declares<T, typeof Symbol.iterator | 'next'>;

/** Whether a type names the keys, which an index signature does not. */
type Declares<T, K extends PropertyKey> = string extends keyof T
  ? false
  : [K] extends [keyof T]
    ? true
    : false;

type IsFunction<T> =
  IsAny<T> extends true ? false : [T] extends [never] ? false : [T] extends [Callable] ? true : false;

type FunctionKeys<T> = {
  [K in keyof T]-?: K extends symbol ? never : IsFunction<NonNullable<T[K]>> extends true ? K : never;
}[keyof T];

/**
 * How a member was written: parameters of methods are compared bivariantly and those of function
 * properties are not. Without parameters nothing tells the two apart.
 */
type Written<F> = F extends (...args: infer A) => unknown
  ? A extends readonly []
    ? 'unknown'
    : ((...args: never[]) => never) extends F
      ? 'method'
      : 'property'
  : never;

type MembersWritten<T, K extends keyof T> = K extends keyof T ? Written<NonNullable<T[K]>> : never;

/** Mapping a type loses its private and protected members, and so does not give it back. */
type HasHiddenMembers<T> = { [K in keyof T]: T[K] } extends T ? false : true;

/**
 * Whether an object type is taken for an instance of a class: it has private or protected members,
 * or methods with parameters, or nothing but functions without any. Other objects are data, which
 * may hold functions.
 */
export type IsInstance<T> =
  HasHiddenMembers<T> extends true
    ? true
    : string extends keyof T
      ? false
      : IsInstanceByMembers<T, FunctionKeys<T>>;

type IsInstanceByMembers<T, Functions extends keyof T> = [Functions] extends [never]
  ? false
  : 'method' extends MembersWritten<T, Functions>
    ? true
    : 'property' extends MembersWritten<T, Functions>
      ? false
      : Exclude<keyof T, Functions | symbol> extends never
        ? true
        : false;

/** A class whose constructor is abstract or not public cannot be made, but has a prototype. */
export type IsClass<T> = [T] extends [Newable] ? true : Declares<T, 'prototype'>;
