import { connect, fork, worker, type Child } from 'portcall';
import { memoryChannels } from 'portcall/testing';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { everyChannel } from '../calls/every-channel.ts';
import { anyValueOf, knots, knotted, objectOf } from './any-value.ts';
import { difference } from './same-structure.ts';

const shared = { shared: true };
const cycle: unknown[] = [1];
cycle.push(cycle, new Map([[cycle, new Set([cycle])]]));
const moved = /a/g;
moved.lastIndex = 3;

/** Every kind of value, and what arrives of it where that is not the same. */
const table: readonly (readonly [what: string, sent: unknown, arrives?: unknown])[] = [
  ['numbers', [-0, 0, NaN, Infinity, -Infinity, 2 ** 53, 5e-324, 1.7976931348623157e308]],
  ['undefined and null', [undefined, null, { a: undefined }]],
  ['texts', ['', '\ud800', '\udc00\ud800', '\u2028', '\0', '$', '$$', '😀']],
  ['BigInts', [0n, -1n, 2n ** 200n]],
  ['names', objectOf([['__proto__', { a: 1 }], ['constructor', 2], ['toString', 3], ['then', 4], ['', 5], ['1', 6]], Object.prototype)], // prettier-ignore
  ['no prototype', objectOf([['__proto__', 1]], null)],
  ['holes', [[, 1, , undefined, ,], new Array(5), Object.assign([], { length: 2 ** 32 - 1 })]], // oxlint-disable-line no-sparse-arrays, no-new-array
  ['dates', [new Date(0), new Date(NaN), new Date(8.64e15)]],
  ['patterns', [/a+/dgimsuy, /[/\n]/, new RegExp(''), new RegExp('/')]],
  ['a pattern that has looked at something', moved, /a/g],
  ['URLs', [new URL('https://user@example.org:81/ü?a=1#b'), new URL('data:,x')]],
  ['maps and sets', [new Map<unknown, unknown>([[NaN, 1], [{}, new Map()], [undefined, [-0]]]), new Set<unknown>([NaN, {}, new Set()])]], // prettier-ignore
  [
    'bytes',
    [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array].map((View) => new View([1, 2, 250])), // prettier-ignore
  ],
  ['large numbers in bytes', [new BigInt64Array([-1n, 2n ** 62n]), new BigUint64Array([2n ** 64n - 1n])]],
  ['floats', [new Float32Array([NaN, -0, Infinity]), new Float64Array([NaN, -0, 5e-324])]],
  ['buffers', [new ArrayBuffer(0), new Uint8Array([1, 2, 3]).buffer, new DataView(new ArrayBuffer(4), 1, 2)], [new ArrayBuffer(0), new Uint8Array([1, 2, 3]).buffer, new DataView(new ArrayBuffer(2))]], // prettier-ignore
  ['a Buffer', Buffer.from('text'), new Uint8Array([116, 101, 120, 116])],
  ['a part of bytes', new Uint8Array([1, 2, 3, 4]).subarray(1, 3), new Uint8Array([2, 3])],
  ['shared memory', new Uint8Array(new SharedArrayBuffer(2)), new Uint8Array(2)],
  ['what is there twice', [shared, { shared }, new Map([[shared, shared]])]],
  ['what holds itself', cycle],
  ['errors', [new Error(''), new RangeError('m', { cause: { a: 1n } }), new AggregateError([new Error('a'), 1], 'm'), new DOMException('m', 'DataError')]], // prettier-ignore
];

describe.each(everyChannel)('over %s', (_, open) => {
  const opened = open();
  afterAll(() => opened.close());

  it.each(table)('%s arrive exactly, there and back', async (__, sent, arrives = sent) => {
    const [back] = (await opened.remote.echo(sent)) as [unknown];
    expect(difference(back, arrives)).toBeUndefined();
  });

  it.each([[undefined], [null], [0], [-0], [NaN], [''], [false], [1n], [[1, [2]]]])(
    '%s can be thrown',
    async (value) => {
      const failure = Promise.resolve(opened.remote.throwAsItIs(value)).then(
        () => 'nothing',
        (reason: unknown) => ({ reason }),
      );
      expect(await failure).toEqual({ reason: value });
    },
  );
});

it('the remote of all that is exposed is that object when it is sent home', async () => {
  const [here, there] = memoryChannels();
  const api = { isMe: (value: unknown): boolean => value === api };
  connect(there, { expose: api });
  await using session = connect<{ isMe(value: unknown): boolean }>(here);
  expect(await session.remote.isMe(session.remote)).toBe(true);
});

describe.each<[string, string, object]>([
  ['Portcall’s own codec', 'shop-types.js', {}],
  ['superjson', 'superjson-plain.js', { forSuperjson: true }],
])('any value arrives as it was in a real child and back, by %s', (_, file, options) => {
  type Shop = typeof import('../fixtures/values/shop.js');
  const fixture = (name: string): URL => new URL(`../fixtures/values/${name}`, import.meta.url);
  const types = fixture(file);

  it.each<[string, () => Child<Shop>]>([
    ['a process', () => fork<Shop>(fixture('shop.js'), { types })],
    ['a thread', () => worker<Shop>(fixture('shop.js'), { types })],
  ])('%s', { timeout: 60_000 }, async (__, start) => {
    await using child = start();
    await fc.assert(
      fc.asyncProperty(anyValueOf({ ...options, unregistered: true }), knots, async (value, list) => {
        const sent = knotted(value, list, options);
        const found = difference(sent, await child.remote.echo(sent));
        if (found !== undefined) throw new Error(found);
      }),
      { numRuns: 300 },
    );
  });
});
