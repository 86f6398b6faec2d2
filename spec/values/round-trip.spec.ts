import * as fc from 'fast-check';
import { SuperJSON } from 'superjson';
import { describe, expect, it } from 'vitest';

import { SuperjsonCodec } from '../../lib/superjson/superjson-codec.ts';
import { registeredTypes } from '../../lib/values/registered-types.ts';
import { TaggedCodec } from '../../lib/values/tagged-codec.ts';
import { anyTypes, anyValueOf, knots, knotted, objectOf } from './any-value.ts';
import { decodedBy, exporting, limits } from './codec.ts';
import { difference } from './same-structure.ts';

const runs = 20_000;
const knottedRuns = 1000;

// One comparison, and no `expect` that would cost more than the rest.
function expectSame(sent: unknown, arrived: unknown): void {
  const found = difference(sent, arrived);
  if (found !== undefined) throw new Error(found);
}

const types = registeredTypes('types', anyTypes as never);

describe.each([
  ['Portcall’s own codec', new TaggedCodec(limits, types), {}],
  ['superjson', new SuperjsonCodec(new SuperJSON({ dedupe: true }), limits, types), { forSuperjson: true }],
])('any value of the supported types, by %s', (_, codec, options) => {
  const anyValue = anyValueOf(options);
  const roundTrip = (value: unknown): unknown => decodedBy(codec, codec.encode(value, 'result', exporting()));

  it('arrives as it was', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyValue, (value) => expectSame(value, roundTrip(value))),
      { numRuns: runs },
    );
  });

  it('arrives with its shared parts and cycles', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyValue, knots, (value, list) => {
        const knot = knotted(value, list, options);
        expectSame(knot, roundTrip(knot));
      }),
      { numRuns: knottedRuns },
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
