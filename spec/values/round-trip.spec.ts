import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { roundTrip } from './codec.ts';
import { difference } from './same-structure.ts';

const runs = process.env['CI'] === undefined ? 500 : 2000;

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
  fc.constantFrom(/a+/gi, /[/\n]/u, new RegExp('')),
  fc.webUrl().map((url) => new URL(url)),
  bytes,
);

const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', 'then', '0', '1', 'length', '$', ''),
);

/** An object with own properties under any keys, `__proto__` too, which a literal or an assignment would not make. */
function objectOf(entries: readonly (readonly [string, unknown])[], prototype: object | null): object {
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

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => {
  const items = fc.array(tie('value'), { maxLength: 6 });
  const entries = fc.array(fc.tuple(key, tie('value')), { maxLength: 6 });
  return {
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { arbitrary: leaf, weight: 3 },
      { arbitrary: items, weight: 2 },
      { arbitrary: entries.map((list) => objectOf(list, Object.prototype)), weight: 3 },
      entries.map((list) => objectOf(list, null)),
      fc.tuple(items, fc.array(fc.nat(5)), fc.nat(3)).map((parts) => sparseOf(...parts)),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((list) => new Map(list)),
      items.map((list) => new Set(list)),
    ),
  };
});

/** All containers in a value, outermost first. */
function containers(root: unknown, found = new Set<object>()): object[] {
  if (typeof root === 'object' && root !== null && !found.has(root)) {
    found.add(root);
    if (root instanceof Map) for (const entry of root) for (const item of entry) containers(item, found);
    else if (root instanceof Set) for (const item of root) containers(item, found);
    else if (!ArrayBuffer.isView(root)) for (const item of Object.values(root)) containers(item, found);
  }
  return [...found];
}

/** Puts references from some containers to others into a value: shared objects and cycles. */
function knotted(root: unknown, knots: readonly (readonly [number, number])[]): unknown {
  const all = containers(root);
  for (const [from, to] of knots) {
    const holder = all[from % all.length];
    const held = all[to % all.length];
    if (Array.isArray(holder)) holder.push(held);
    else if (holder instanceof Map) holder.set(held, held);
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

describe('any value of the supported types', () => {
  it('arrives as it was', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(difference(value, roundTrip(value))).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });

  it('arrives with its shared parts and cycles', () => {
    const knots = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(anyValue, knots, (value, list) => {
        const knot = knotted(value, list);
        expect(difference(knot, roundTrip(knot))).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });
});

describe('the comparison these specs rest on', () => {
  it.each([
    ['-0 and 0', [-0], [0]],
    ['a hole and undefined', [,], [undefined]], // oxlint-disable-line no-sparse-arrays
    ['shared and equal objects', twice({}), [{}, {}]],
    ['an own __proto__ and none', objectOf([['__proto__', 1]], Object.prototype), {}],
    ['an object with a prototype and one without', {}, Object.create(null)],
    ['a Buffer and a Uint8Array', Buffer.from('a'), new Uint8Array([97])],
    ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }],
    [
      'the order of a Map',
      new Map([
        [1, 1],
        [2, 2],
      ]),
      new Map([
        [2, 2],
        [1, 1],
      ]),
    ],
  ])('tells apart %s', (_, left, right) => {
    expect(difference(left, right)).toBeTypeOf('string');
  });

  it('is content with what is the same', () => {
    const cycle: unknown[] = [NaN];
    cycle.push(cycle, new Map([[cycle, cycle]]));
    const again: unknown[] = [NaN];
    again.push(again, new Map([[again, again]]));
    expect(difference(cycle, again)).toBeUndefined();
  });
});

function twice(value: unknown): unknown[] {
  return [value, value];
}
