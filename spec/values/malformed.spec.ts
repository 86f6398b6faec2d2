import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RpcError } from '../../lib/errors/rpc-error.ts';
import { Form } from '../../lib/protocol/protocol.ts';
import type { Importer } from '../../lib/values/values.ts';
import { codec, importing } from './codec.ts';

const runs = process.env['CI'] === undefined ? 500 : 2000;

/** What a peer can send: any JSON, with tags and fields in the places where they mean something. */
const { json: anyJson } = fc.letrec<{ json: unknown }>((tie) => {
  const fields = fc.array(tie('json'), { maxLength: 4 });
  const key = fc.oneof(
    fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      'valueOf',
      'own',
      'name',
      'stack',
      'cause',
      'errors',
    ),
    fc.constantFrom('message', 'then', '0'),
    fc.string(),
  );
  return {
    json: fc.oneof(
      { depthSize: 'small' },
      {
        arbitrary: fc.oneof(
          fc.jsonValue({ maxDepth: 1 }),
          fc.constantFrom('$', '$$', '12', 'TypeError', 'RpcError'),
        ),
        weight: 2,
      },
      { arbitrary: fc.integer({ min: -2, max: 20 }), weight: 2 },
      {
        arbitrary: fc
          .tuple(fc.integer({ min: -1, max: 16 }), fields)
          .map(([tag, rest]) => ['$', tag, ...rest]),
        weight: 5,
      },
      fields,
      fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map((entries) => asParsed(entries)),
    ),
  };
});

/** An object as JSON.parse makes it: with `__proto__` as a key like any other. */
function asParsed(entries: readonly (readonly [string, unknown])[]): unknown {
  return JSON.parse(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
  );
}

const attachments = [new Uint8Array(8), new Uint8Array(3)];

/** Reads forged input. Returns what was made of it or the error. */
function read(json: unknown, importer: Importer = importing()): { value: unknown } | { error: unknown } {
  try {
    // A copy: reading changes what it reads.
    const parsed: unknown = JSON.parse(JSON.stringify(json));
    return { value: codec.decode({ json: parsed, form: Form.tagged, attachments }, importer) };
  } catch (error) {
    return { error };
  }
}

function expectRefusedOrRead(json: unknown, importer: Importer): void {
  const outcome = read(json, importer);
  if ('error' in outcome) {
    expect(outcome.error).toBeInstanceOf(RpcError);
    // A path from the exports may be well-formed and lead nowhere.
    expect(['PROTOCOL_ERROR', 'METHOD_NOT_FOUND']).toContain((outcome.error as RpcError).code);
  }
}

const globals = (): string =>
  [Object, Array, Function, Error, RpcError, AbortSignal]
    .map(({ prototype }) =>
      Reflect.ownKeys(prototype as object)
        .map(String)
        .join(),
    )
    .join();

describe('a value forged by the other side', () => {
  it.each([
    ['an argument', () => importing()],
    ['a result', () => importing(false)],
  ])('as %s is read or refused with PROTOCOL_ERROR, and changes no prototype', (_, importer) => {
    const before = globals();
    fc.assert(
      fc.property(anyJson, (json) => expectRefusedOrRead(json, importer())),
      { numRuns: runs },
    );
    expect(globals()).toBe(before);
  });

  it.each([
    ['an unknown tag', ['$', 99]],
    ['no tag', ['$']],
    ['a number that is an object', ['$', 1, { toString: 1, valueOf: 1 }]],
    ['a number in an array', ['$', 1, [1]]],
    ['digits that are an object', ['$', 2, { toString: 1 }]],
    ['no digits', ['$', 2, '12x']],
    ['too many digits', ['$', 2, '1'.repeat(20_000)]],
    ['an object that is not there', ['$', 3, 0]],
    ['a place below zero', [['$', 3, -1]]],
    ['a regular expression that is none', ['$', 5, '(', '']],
    ['flags that are none', ['$', 5, '', 'zz']],
    ['a URL that is none', ['$', 6, 'nowhere']],
    ['a map that is no list', ['$', 7, {}]],
    ['a set that is no list', ['$', 8, 1]],
    ['an index beyond the length', ['$', 9, 2, [2, 1]]],
    ['a length below zero', ['$', 9, -1, []]],
    ['a length beyond all arrays', ['$', 9, 2 ** 32, []]],
    ['an unknown kind of bytes', ['$', 10, 99, 0]],
    ['bytes that did not come', ['$', 10, 1, 2]],
    ['bytes that do not fill their items', ['$', 10, 9, 1]],
    ['an error without fields', ['$', 11, 'Error', []]],
    ['a signal without a number', ['$', 12, 'x']],
    ['the reason of a signal that was never sent', ['$', 13, 7]],
    ['a bare object that is a list', ['$', 14, []]],
  ])('%s is refused', (_, json) => {
    expect(read(json)).toMatchObject({ error: { code: 'PROTOCOL_ERROR' } });
  });

  it('has a class of error by name only out of the closed table', () => {
    for (const name of ['Function', 'Request', 'Array', 'constructor', '__proto__', 'process']) {
      const outcome = read(['$', 11, name, { message: 'm' }]);
      expect(Object.getPrototypeOf((outcome as { value: object }).value)).toBe(Error.prototype);
    }
  });

  it('is an error with a readable stack and name whatever was sent as such', () => {
    const outcome = read([
      '$',
      11,
      'Error',
      { message: {}, stack: { toString: 1 }, name: [], own: { stack: 1, name: {} } },
    ]);
    const { value } = outcome as { value: Error };
    expect(value.stack).toBeTypeOf('string');
    expect(value.name).toBeTypeOf('string');
    expect(String(value)).toBeTypeOf('string');
  });

  it('never brings out an object of the reader itself', () => {
    const outcome = read(['$', 12, 1, { back: ['$', 3, 0] }]) as { value: AbortSignal };
    expect((outcome.value.reason as { back: unknown }).back).toBe(outcome.value);
  });

  it('is refused past the depth, in any container', () => {
    const wraps: ((inner: unknown) => unknown)[] = [
      (inner) => [inner],
      (inner) => ({ inner }),
      (inner) => ['$', 7, [inner, 1]],
      (inner) => ['$', 11, 'Error', { cause: inner }],
    ];
    for (const wrap of wraps) {
      let json: unknown = 1;
      for (let depth = 0; depth < 2000; depth++) json = wrap(json);
      expect(read(json)).toMatchObject({ error: { code: 'PROTOCOL_ERROR' } });
    }
  });

  it('takes up memory for what an array holds, not for how long it says it is', () => {
    const before = process.memoryUsage();
    const outcome = read(Array.from({ length: 4 }, () => ['$', 9, 30_000_000, [7, 'x']]));
    const after = process.memoryUsage();
    expect((outcome as { value: unknown[][] }).value.map((array) => [array.length, array[7]])).toEqual(
      Array.from({ length: 4 }, () => [30_000_000, 'x']),
    );
    expect(after.rss - before.rss).toBeLessThan(200 * 1024 * 1024);
  });
});
