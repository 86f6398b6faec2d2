import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';

import { RpcError } from '../../lib/errors/rpc-error.ts';
import { Form } from '../../lib/protocol/protocol.ts';
import { TaggedCodec } from '../../lib/values/tagged-codec.ts';
import { codec, decoded, limits, roundTrip, exporting, importing } from './codec.ts';
import { difference } from './same-structure.ts';

const encode = (value: unknown, root = 'arguments') => codec.encode(value, root, exporting());

/** What is said about a value that cannot be sent. */
function problem(value: unknown, root = 'arguments'): RpcError {
  try {
    encode(value, root);
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error('the value could be sent');
}

describe('plain data', () => {
  it('travels as the JSON it is, untagged', () => {
    const value = [1, 'text', true, null, { a: [{}], b: 'c' }];
    expect(encode(value)).toEqual({ text: JSON.stringify(value), form: Form.plain, attachments: [] });
  });

  it.each([[['$']], [['$$']], [['$', 0]], [['$x', '$']], [[['$', 3, 0]]], [{ $: ['$', 1] }], [['a', '$']]])(
    'an array that looks like a tag arrives as it was: %j',
    (value) => {
      expect(roundTrip(value)).toEqual(value);
    },
  );

  it.each([
    ['in a Map', new Map([['$', ['$', 0]]])],
    ['in a Set', new Set(['$', '$$'])],
    ['in an array with holes', Object.assign(new Array(3), { 0: '$', 2: ['$'] })],
    ['beside undefined', ['$', undefined]],
  ])('texts that begin with $ %s arrive as they were', (_, value) => {
    expect(difference(value, roundTrip(value))).toBeUndefined();
  });

  it('arrives as it was from another realm', () => {
    const made: unknown = runInNewContext(`({
      list: ['$', 0], nested: { a: [1] }, sparse: [1, , 3], map: new Map([[1, new Set([2])]]), date: new Date(3),
      pattern: /x/g, error: new TypeError('there'), bytes: new Uint16Array([1, 2]), bare: Object.create(null),
    })`);
    const arrived = roundTrip(made) as Record<string, unknown>;
    const { error, ...rest } = arrived;
    const expected = {
      list: ['$', 0],
      nested: { a: [1] },
      sparse: [1, , 3], // oxlint-disable-line no-sparse-arrays
      map: new Map([[1, new Set([2])]]),
      date: new Date(3),
      pattern: /x/g,
      bytes: new Uint16Array([1, 2]),
      bare: Object.create(null) as unknown,
    };
    expect(difference(rest, expected)).toBeUndefined();
    expect(error).toBeInstanceOf(TypeError);
  });

  it('is not what a class of another realm has made', () => {
    expect(problem([runInNewContext('new (class Socket {})()')]).message).toContain(
      'arguments[0] is a Socket',
    );
  });

  it('is not what inherits from an object without a prototype', () => {
    const inherits = Object.create(Object.assign(Object.create(null), { inherited: 1 }) as object) as object;
    expect(problem([inherits]).message).toContain('arguments[0]');
  });
});

describe('bytes', () => {
  it('are copied to their exact length', () => {
    const pool = new Uint8Array(100).fill(7);
    const { attachments } = encode(pool.subarray(10, 13));
    expect(attachments).toEqual([new Uint8Array([7, 7, 7])]);
    expect((attachments[0] as Uint8Array).buffer.byteLength).toBe(3);
  });

  it('arrive as a Uint8Array from a Buffer', () => {
    const arrived = roundTrip(Buffer.from('text')) as Uint8Array;
    expect(Object.getPrototypeOf(arrived)).toBe(Uint8Array.prototype);
    expect(Buffer.from(arrived).toString()).toBe('text');
  });

  it('arrive by copy from shared memory', () => {
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([1, 2]);
    expect(roundTrip(shared)).toEqual(new Uint8Array([1, 2]).buffer);
    expect(roundTrip(new Uint8Array(shared))).toEqual(new Uint8Array([1, 2]));
  });
});

describe('a value is written as it is at that moment', () => {
  it('and each of its accessors is read once', () => {
    let reads = 0;
    const item = { get value() { return ++reads; } }; // prettier-ignore
    const list = Object.defineProperty([0, undefined], 0, { get: () => ++reads, enumerable: true });
    expect(roundTrip([item, list])).toEqual([{ value: 1 }, [2, undefined]]);
    expect(reads).toBe(2);
  });

  it('so that later changes are not seen', () => {
    const value = {
      list: [1],
      map: new Map([['a', { b: 1 }]]),
      bytes: new Uint8Array([1]),
      date: new Date(1),
    };
    const encoded = encode(value);
    value.list.push(2);
    value.map.get('a')!.b = 2;
    value.bytes[0] = 2;
    value.date.setTime(2);
    expect(decoded(encoded)).toEqual({
      list: [1],
      map: new Map([['a', { b: 1 }]]),
      bytes: new Uint8Array([1]),
      date: new Date(1),
    });
  });

  it('whatever its own methods say', () => {
    const date = Object.assign(new Date(5), { getTime: () => 7 });
    const map = Object.assign(new Map([[1, 2]]), { entries: () => [] });
    expect(roundTrip([date, map])).toEqual([new Date(5), new Map([[1, 2]])]);
  });
});

describe('an array', () => {
  it('with a great length and few items is written and read at once', () => {
    const long: unknown[] = [];
    long[4_294_967_294] = 'last';
    const packed = Array.from({ length: 20_000 }, (_, index) => index);
    const holed = [...packed];
    Reflect.deleteProperty(holed, 15_000);
    // Copied item by item this would take minutes.
    const arrived = roundTrip([long, packed, holed]) as unknown[][];
    expect([arrived[0]?.length, Object.keys(arrived[0]!)]).toEqual([4_294_967_295, ['4294967294']]);
    expect(difference([packed, holed], arrived.slice(1))).toBeUndefined();
  });

  it('of a subclass is no plain data', () => {
    class List extends Array<number> {}
    expect(problem([List.of(1)]).message).toContain('arguments[0] is a List');
  });
});

class Socket {
  readonly fd = 3;
}

const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

describe('what cannot be sent', () => {
  it.each<[string, unknown, string]>([
    ['a WeakMap', [new WeakMap()], 'arguments[0] is a WeakMap'],
    ['a symbol', [Symbol('s')], 'arguments[0] is a symbol'],
    ['a class instance', [1, { user: { socket: new Socket() } }], 'arguments[1].user.socket is a Socket'],
    ['a Promise', [Promise.resolve()], 'arguments[0] is a Promise, which cannot be sent; await it first'],
    ['a primitive wrapper', [Object(1)], 'arguments[0] is a Number'],
    ['a getter that throws', [{ get size() { throw new Error('no'); } }], 'arguments[0].size is a getter that threw'], // prettier-ignore
    ['a revoked Proxy', [revoked({})], 'arguments[0] is a revoked Proxy'],
    ['a revoked Proxy of a list', [revoked([])], 'arguments[0] is a revoked Proxy'],
    ['in a Map', [new Map([['key', Symbol('s')]])], 'arguments[0].key is a symbol'],
    ['as the key of a Map', [new Map([[Symbol('s'), 1]])], 'arguments[0]["key 0"] is a symbol'],
    ['in a Set', [new Set([1, Symbol('s')])], 'arguments[0][1] is a symbol'],
    ['in a list with holes', [[, , Symbol('s')]], 'arguments[0][2] is a symbol'], // oxlint-disable-line no-sparse-arrays
    ['under an odd name', [{ 'odd name': [Symbol('s')] }], 'arguments[0]["odd name"][0] is a symbol'],
    ['under __proto__', [JSON.parse('{"__proto__":{"a":1}}'), Symbol('s')], 'arguments[1] is a symbol'],
    ['a BigInt of too many digits', [10n ** 16_384n], 'arguments[0] is a BigInt of more than 16384 digits'],
    ['a live signal', [new AbortController().signal], 'arguments[0] is an AbortSignal'],
  ])('%s is named with the path to it', (_, value, message) => {
    expect(problem(value)).toMatchObject({ code: 'NOT_SERIALIZABLE' });
    expect(problem(value).message).toContain(message);
  });

  it('is named even where its own code throws whatever is done with it', () => {
    const hostile = new Proxy({}, new Proxy({}, { get: () => () => { throw new Error('trap'); } })); // prettier-ignore
    expect(problem([{ deep: [hostile] }]).message).toContain('arguments[0].deep[0]');
    expect(problem([revoked(() => {})]).code).toBe('NOT_SERIALIZABLE');
  });

  it('keeps what the value itself threw as the cause', () => {
    const own = new Error('own');
    const value = { get a() { throw own; } }; // prettier-ignore
    expect(problem(value, 'result')).toMatchObject({ cause: own });
    expect(problem(value, 'result').message).toContain('result.a');
  });

  it('is what is nested too deeply, and nothing just below that', () => {
    const small = new TaggedCodec({ ...limits, depth: 3 });
    const nested = (levels: number): unknown => (levels === 0 ? 1n : [nested(levels - 1)]);
    const text = (levels: number): string => small.encode(nested(levels), 'result', exporting()).text;
    expect(text(3)).toBe('[[[["$",2,"1"]]]]');
    expect(() => text(4)).toThrow('result[0][0][0] is nested more than 3 levels deep');
    expect(roundTrip(nested(256))).toEqual(nested(256));
  });

  it('is a BigInt past the digits that are taken, and no smaller one', () => {
    const most = 10n ** 16_384n - 1n;
    expect(roundTrip([most, -most])).toEqual([most, -most]);
    expect(problem(-most - 1n).code).toBe('NOT_SERIALIZABLE');
    // Quick, though writing it out would take seconds.
    expect(problem(1n << 4_000_000n).code).toBe('NOT_SERIALIZABLE');
  });
});

describe('signals', () => {
  it('bring their reason along where they have aborted, which may lead back to them', () => {
    const controller = new AbortController();
    const reason = { signal: controller.signal, shared: {} };
    controller.abort(reason);
    const exporter = exporting(() => 5);
    const arrived = decoded(codec.encode([controller.signal, reason], 'arguments', exporter)) as [
      AbortSignal,
      object,
    ];
    expect(arrived[0]).toMatchObject({ aborted: true, reason: { signal: arrived[0], shared: {} } });
    expect(arrived[1]).toBe(arrived[0].reason);
  });

  it('are numbered once each and are one object at the other side', () => {
    const { signal } = new AbortController();
    let count = 0;
    const encoded = codec.encode(
      [signal, { signal }],
      'arguments',
      exporting(() => ++count),
    );
    const arrived = decoded(encoded) as [AbortSignal, { signal: AbortSignal }];
    expect(count).toBe(1);
    expect(arrived[0].aborted).toBe(false);
    expect(arrived[1].signal).toBe(arrived[0]);
  });

  it('do not come with results', () => {
    expect(() =>
      codec.decode({ json: ['$', 12, 1], form: Form.tagged, attachments: [] }, importing(false)),
    ).toThrow(RpcError);
  });
});

it('a form that is not known is a PROTOCOL_ERROR', () => {
  const arrived = { json: 1, form: 7, attachments: [] };
  expect(() => codec.decode(arrived, importing(false))).toThrow(
    expect.objectContaining({ code: 'PROTOCOL_ERROR' }),
  );
});
