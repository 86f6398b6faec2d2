import { describe, expect, it } from 'vitest';

import { RpcError } from '../../lib/errors/rpc-error.ts';
import { thrownRoundTrip } from './codec.ts';

const own = (error: unknown): Record<string, unknown> => ({ ...(error as object) });

describe('errors', () => {
  it.each([
    new Error('m'),
    new TypeError('m'),
    new RangeError('m'),
    new SyntaxError('m'),
    new ReferenceError('m'),
    new EvalError('m'),
    new URIError('m'),
  ])('keep their class: %s', (error) => {
    const arrived = thrownRoundTrip(error) as Error;
    expect(Object.getPrototypeOf(arrived)).toBe(Object.getPrototypeOf(error));
    expect(arrived).toMatchObject({ name: error.name, message: 'm', stack: error.stack });
    expect(Object.keys(arrived)).toEqual([]);
    expect(Object.hasOwn(arrived, 'name')).toBe(false);
  });

  it('keep the name and class of DOMExceptions', () => {
    const arrived = thrownRoundTrip(new DOMException('m', 'AbortError')) as DOMException;
    expect(arrived).toBeInstanceOf(DOMException);
    expect(arrived).toMatchObject({ name: 'AbortError', message: 'm', code: 20 });
  });

  it('of AggregateErrors keep theirs', () => {
    const arrived = thrownRoundTrip(
      new AggregateError([new TypeError('a'), 'b', undefined], 'all'),
    ) as AggregateError;
    expect(arrived).toBeInstanceOf(AggregateError);
    expect(arrived.errors).toEqual([new TypeError('a'), 'b', undefined]);
    expect(Object.keys(arrived)).toEqual([]);
  });

  it('keep a property called errors that is their own', () => {
    const arrived = thrownRoundTrip(Object.assign(new Error('invalid'), { errors: [{ field: 'a' }] }));
    expect(own(arrived)).toEqual({ errors: [{ field: 'a' }] });
  });

  it('of a subclass are of the nearest built-in class, under their own name', () => {
    class ParseError extends SyntaxError {}
    class Named extends RangeError {
      override name = 'OutOfRange';
    }
    const parse = thrownRoundTrip(new ParseError('m')) as Error;
    expect(Object.getPrototypeOf(parse)).toBe(SyntaxError.prototype);
    expect(String(parse)).toBe('ParseError: m');
    const named = thrownRoundTrip(new Named('m')) as Error;
    expect(Object.getPrototypeOf(named)).toBe(RangeError.prototype);
    expect(named.name).toBe('OutOfRange');
  });

  it.each(['Request', 'Function', 'Array', 'constructor', '__proto__'])(
    'of a class named %s are plain Errors of that name',
    (name) => {
      const Custom = { [name]: class extends Error {} }[name] ?? class extends Error {};
      Object.defineProperty(Custom, 'name', { value: name });
      for (const error of [new Custom('m'), Object.assign(new Error('m'), { name })]) {
        const arrived = thrownRoundTrip(error) as Error;
        expect(Object.getPrototypeOf(arrived)).toBe(Error.prototype);
        expect(arrived.name).toBe(name);
      }
    },
  );

  it('keep their cause, whatever it is', () => {
    const deep = new Error('a', { cause: new TypeError('b', { cause: { code: 7 } }) });
    expect(thrownRoundTrip(deep)).toMatchObject({ cause: { message: 'b', cause: { code: 7 } } });
    const none = thrownRoundTrip(new Error('a', { cause: undefined })) as Error;
    expect(Object.hasOwn(none, 'cause')).toBe(true);
    expect(Object.hasOwn(thrownRoundTrip(new Error('a')) as Error, 'cause')).toBe(false);
  });

  it('may be their own cause', () => {
    const error = new Error('loop') as Error & { self?: unknown };
    error.cause = error;
    error.self = { error };
    const arrived = thrownRoundTrip(error) as typeof error;
    expect(arrived.cause).toBe(arrived);
    expect(arrived.self).toEqual({ error: arrived });
  });

  it('keep own properties, one called __proto__ too', () => {
    const error = Object.assign(new Error('m'), { code: 'E', details: { list: [1n] } });
    Object.defineProperty(error, '__proto__', { value: { polluted: true }, enumerable: true });
    const arrived = thrownRoundTrip(error) as Error;
    expect(Object.getPrototypeOf(arrived)).toBe(Error.prototype);
    expect(Object.getOwnPropertyDescriptor(arrived, '__proto__')?.value).toEqual({ polluted: true });
    expect(arrived).toMatchObject({ code: 'E', details: { list: [1n] } });
    expect('polluted' in {}).toBe(false);
  });

  it('arrive without the parts that cannot be sent, which are described', () => {
    const shared = { shared: true };
    const error = Object.assign(new Error('m', { cause: Symbol('s') }), {
      socket: { shared, callback: () => {}, tables: new WeakMap() },
      shared,
      again: shared,
    });
    const arrived = thrownRoundTrip(error) as Error;
    expect(arrived.cause).toBe('[a symbol that could not be sent]');
    expect(own(arrived)).toEqual({
      socket: '[a WeakMap that could not be sent]',
      shared: { shared: true },
      again: { shared: true },
    });
    expect(own(arrived)['shared']).toBe(own(arrived)['again']);
  });

  it('of this library keep code, delivery and exit', () => {
    const exit = { code: 1, signal: null, stderr: '' };
    const arrived = thrownRoundTrip(new RpcError('CHILD_EXITED', 'gone', { delivery: 'unknown', exit }));
    expect(arrived).toBeInstanceOf(RpcError);
    expect(arrived).toMatchObject({ code: 'CHILD_EXITED', message: 'gone', delivery: 'unknown', exit });
  });

  it('keep a stack in which the library is mentioned', () => {
    const error = new Error('calledByPortcall failed');
    expect(thrownRoundTrip(error)).toMatchObject({ stack: error.stack });
  });
});

describe('anything else that is thrown', () => {
  it.each([[undefined], [null], [0], [-0], [NaN], [''], ['text'], [false], [12n], [{ code: 1 }], [[1, [2]]]])(
    'arrives as it is: %s',
    (value) => {
      expect(thrownRoundTrip(value)).toEqual(value);
    },
  );

  const revoked = <T extends object>(target: T): T => {
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    return proxy;
  };
  const trap = (): never => {
    throw new Error('trap');
  };
  const traps = { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap, getOwnPropertyDescriptor: trap };

  it.each<[string, unknown]>([
    ['a symbol', Symbol('s')],
    ['a revoked Proxy', revoked({})],
    ['a revoked Proxy of an error', revoked(new Error('m'))],
    ['a revoked Proxy of a function', revoked(() => {})],
    ['a Proxy whose traps throw', new Proxy({}, traps)],
    ['a Proxy of an error whose traps throw', new Proxy(new Error('m'), traps)],
    ['a Proxy of a function whose traps throw', new Proxy(() => {}, traps)],
    ['a BigInt that is too large', 1n << 4_000_000n],
    ['a class instance', new (class Thing {})()],
    ['something with a getter that throws', { get a() { return trap(); } }], // prettier-ignore
  ])('arrives as a real Error that says what it was: %s', (_, value) => {
    const arrived = thrownRoundTrip(value) as Error;
    expect(arrived).toBeInstanceOf(Error);
    expect(arrived.message).toMatch(/^the function threw .+, which cannot be sent$/);
  });

  it('is still the error that it is where its getters throw', () => {
    const error = new TypeError('kept');
    for (const key of ['stack', 'name', 'cause', 'own', 'constructor'])
      Object.defineProperty(error, key, { get: trap, enumerable: true });
    const arrived = thrownRoundTrip(error) as Error;
    expect(arrived).toBeInstanceOf(TypeError);
    expect(arrived.message).toBe('kept');
  });

  it('is still the error that it is where its class has a strange name', () => {
    for (const name of [7, Symbol('s'), undefined]) {
      class Strange extends Error {}
      Object.defineProperty(Strange, 'name', { value: name });
      expect(thrownRoundTrip(new Strange('kept'))).toMatchObject({ name: 'Error', message: 'kept' });
    }
  });
});
