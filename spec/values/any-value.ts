import * as fc from 'fast-check';

import type { RpcErrorCode } from '../../lib/errors/errors.ts';
import { RpcError } from '../../lib/errors/rpc-error.ts';
import { basket, Basket, errors, money, Money, ShopError } from '../fixtures/values/shop-types.js';

/** The types that values made here need to be registered. */
export const anyTypes = [money, basket, ...errors];

/** What values are to be made of. */
export interface AnyValueOptions {
  /** What superjson does not keep is left out: holes, objects without a prototype, some names. */
  readonly forSuperjson?: boolean;
  /** Types that have to be registered are left out, and so are errors of this library's own. */
  readonly unregistered?: boolean;
}

const bytes = fc.oneof(
  fc.uint8Array(),
  fc.int8Array(),
  fc.uint8ClampedArray(),
  fc.int16Array(),
  fc.uint16Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.float32Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.uint8Array().map((array) => array.buffer),
  fc.uint8Array().map((array) => new DataView(array.buffer)),
);

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$', '$$', '$x', '__proto__', '\ud800', '\udc00x', '\u2028'),
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, NaN, Infinity, -Infinity, null, undefined, true, false),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(/a+/gi, /[/\n]/u, new RegExp(''), /(?<a>x)/d).map((pattern) => new RegExp(pattern)),
  fc.webUrl().map((url) => new URL(url)),
  bytes,
);

const names = ['toString', 'toJSON', 'then', '0', '1', 'length', '$', '', 'a.b', '\\', '\\.'];
const refusedNames = ['__proto__', 'constructor', 'prototype'];

const codes: readonly RpcErrorCode[] = ['TIMEOUT', 'TOO_LARGE', 'CHANNEL_CLOSED'];

/** Any value of the types that cross by value. */
export function anyValueOf({
  forSuperjson = false,
  unregistered = false,
}: AnyValueOptions = {}): fc.Arbitrary<unknown> {
  const key = forSuperjson
    ? fc.oneof(
        fc.string({ unit: 'binary' }).filter((name) => !refusedNames.includes(name)),
        fc.constantFrom(...names),
      )
    : fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...names, ...refusedNames));
  return fc.letrec<{ value: unknown }>((tie) => {
    const items = fc.array(tie('value'), { maxLength: 5 });
    const entries = fc.array(fc.tuple(key, tie('value')), { maxLength: 5 });
    // Superjson loses the order of a Set or Map in which an item or a key is something that it has to remark on.
    const containers: fc.Arbitrary<unknown>[] = [
      fc
        .array(fc.tuple(forSuperjson ? fc.string() : tie('value'), tie('value')), { maxLength: 3 })
        .map((list) => new Map(list)),
      (forSuperjson ? fc.array(fc.string(), { maxLength: 5 }) : items).map((list) => new Set<unknown>(list)),
      fc
        .tuple(
          fc.constantFrom(...(unregistered ? makers.slice(0, builtIn) : makers)),
          fc.string(),
          items,
          forSuperjson ? fc.constant([]) : entries,
        )
        .map(([make, message, parts, own]) => withOwn(make(message, parts), own)),
    ];
    if (!unregistered) {
      containers.push(
        fc.tuple(fc.bigInt(), fc.constantFrom('EUR', 'XXX')).map((parts) => new Money(...parts)),
        // What is registered is written by Portcall's own codec, which does not keep what superjson does beside it.
        forSuperjson ? leaf.map((item) => new Basket(item)) : tie('value').map((item) => new Basket(item)),
      );
    }
    if (!forSuperjson) {
      containers.push(
        entries.map((list) => objectOf(list, null)),
        fc.tuple(items, fc.array(fc.nat(5)), fc.nat(3)).map((parts) => sparseOf(...parts)),
      );
    }
    return {
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        { arbitrary: leaf, weight: 6 },
        { arbitrary: items, weight: 2 },
        { arbitrary: entries.map((list) => objectOf(list, Object.prototype)), weight: 3 },
        ...containers,
      ),
    };
  }).value;
}

const makers: readonly ((message: string, parts: readonly unknown[]) => Error)[] = [
  (message) => new Error(message),
  (message, [cause]) => new TypeError(message, { cause }),
  (message, parts) => new AggregateError(parts, message),
  (message) => new DOMException(message, 'AbortError'),
  // From here on those of this library, and of classes that are registered.
  (message) => new RpcError(codes[message.length % codes.length]!, message),
  (message, [cause]) => new ShopError(message, { cause }),
];

const builtIn = 4;

// What an error has fields of its own for is not among its own properties.
const errorFields = ['name', 'message', 'stack', 'cause', 'errors', 'code', 'retry'];

function withOwn(error: Error, entries: readonly (readonly [string, unknown])[]): Error {
  for (const [name, value] of entries)
    if (!errorFields.includes(name))
      Object.defineProperty(error, name, { value, enumerable: true, writable: true, configurable: true });
  return error;
}

/** An object with own properties under any keys, `__proto__` too, which a literal or an assignment would not make. */
export function objectOf(entries: readonly (readonly [string, unknown])[], prototype: object | null): object {
  const object = Object.create(prototype) as object;
  for (const [name, value] of entries)
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  return object;
}

function sparseOf(items: readonly unknown[], holes: readonly number[], more: number): unknown[] {
  const array = [...items];
  for (const hole of holes) Reflect.deleteProperty(array, hole);
  array.length += more;
  return array;
}

/** All containers in a value that can hold anything, outermost first. */
function containersIn(root: unknown, forSuperjson: boolean, found = new Set<object>()): object[] {
  if (typeof root === 'object' && root !== null && !found.has(root)) {
    // An instance of a registered type cannot hold itself.
    if (root instanceof Basket || root instanceof Money || root instanceof Error) return [...found];
    // Superjson loses the place of what is shared in a Set or as the key of a Map.
    if (forSuperjson && root instanceof Set) return [...found];
    found.add(root);
    const parts: Iterable<unknown> =
      root instanceof Map
        ? forSuperjson
          ? root.values()
          : [...root].flat()
        : root instanceof Set
          ? root
          : ArrayBuffer.isView(root)
            ? []
            : Object.values(root);
    for (const part of parts) containersIn(part, forSuperjson, found);
  }
  return [...found];
}

/** Where objects are to lead back to others: from which to which. */
export const knots: fc.Arbitrary<[number, number][]> = fc.array(fc.tuple(fc.nat(), fc.nat()), {
  minLength: 1,
  maxLength: 4,
});

/** Puts references from some containers to others into a value: shared objects and cycles. */
export function knotted(
  root: unknown,
  list: readonly (readonly [number, number])[],
  { forSuperjson = false }: AnyValueOptions,
): unknown {
  const all = containersIn(root, forSuperjson);
  for (const [from, to] of list) {
    const holder = all[from % all.length];
    const held = all[to % all.length];
    if (Array.isArray(holder)) holder.push(held);
    else if (holder instanceof Map) holder.set(forSuperjson ? 'knot' : held, held);
    else if (holder instanceof Set) holder.add(held);
    else if (
      holder !== undefined &&
      [Object.prototype, null].includes(Object.getPrototypeOf(holder) as object)
    )
      Object.defineProperty(holder, 'knot', {
        value: held,
        enumerable: true,
        writable: true,
        configurable: true,
      });
  }
  return root;
}
