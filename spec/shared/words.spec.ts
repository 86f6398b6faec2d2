import { describe as group, expect, it } from 'vitest';

import { targetName } from '../../lib/call/target.ts';
import { describe } from '../../lib/shared/describe.ts';
import { nearestName } from '../../lib/shared/nearest-name.ts';
import { calledByPortcall, withoutOwnFrames } from '../../lib/shared/own-frames.ts';

const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

group('describe', () => {
  // Made where they are used: the runner looks at what it is given, and a revoked Proxy cannot be looked at.
  it.each<[make: () => unknown, text: string]>([
    [() => undefined, 'undefined'],
    [() => null, 'null'],
    [() => NaN, 'NaN'],
    [() => true, 'true'],
    [() => 'text', '"text"'],
    [() => 'x'.repeat(100), `"${'x'.repeat(60)}…"`],
    [() => 12n, '12n'],
    [() => 1n << 64n, 'a large BigInt'],
    [() => Symbol('s'), 'a symbol'],
    [() => () => {}, 'a function'],
    [() => function named() {}, 'the function named'],
    [() => [1], 'an array'],
    [() => ({}), 'an object'],
    [() => Object.create(null), 'an object without a prototype'],
    [() => new Date(), 'a Date'],
    [() => new Error('m'), 'an Error'],
    [() => new (class Socket {})(), 'a Socket'],
    [() => new (class {})(), 'an object'],
    [() => new (class extends Array {})(), 'an object'],
    [() => revoked({}), 'a revoked Proxy'],
    [() => revoked([]), 'a revoked Proxy'],
    [() => revoked(() => {}), 'a revoked Proxy'],
  ])('%# says %s', (make, text) => {
    expect(describe(make())).toBe(text);
  });

  it('runs no code of the value', () => {
    const touch = (): never => {
      throw new Error('touched');
    };
    class Hostile {
      static get name(): string {
        return touch();
      }
      toString(): string {
        return touch();
      }
    }
    Object.defineProperty(Hostile.prototype, 'constructor', { get: touch });
    expect(describe(Hostile)).toBe('a function');
    expect(describe(new Hostile())).toBe('an object');
  });
});

group('nearestName', () => {
  const names = ['add', 'subtract', 'multiply', 'VERSION'];

  it.each([
    ['ad', 'add'],
    ['Add', 'add'],
    ['substract', 'subtract'],
    ['multiplyy', 'multiply'],
    ['version', 'VERSION'],
    ['divide', undefined],
    ['', undefined],
    ['xyz', undefined],
  ])('of %j is %s', (wanted, nearest) => {
    expect(nearestName(wanted, names)).toBe(nearest);
  });

  it('takes no time for a name as long as a message', () => {
    const long = 'a'.repeat(10_000_000);
    expect(nearestName(long, names)).toBeUndefined();
    expect(nearestName(long, [long.slice(1)])).toBe(long.slice(1));
  });
});

group('targetName', () => {
  it.each([
    [['add'], 'add'],
    [['geometry', 'area'], 'geometry.area'],
    [['odd name'], 'remote["odd name"]'],
    [['a', 'odd name', 'b'], 'a["odd name"].b'],
    [[''], 'remote[""]'],
    [['größe', '$x', '_'], 'größe.$x._'],
    [[], 'remote'],
  ])('of %j is %s', (path, name) => {
    expect(targetName({ path })).toBe(name);
  });
});

group('withoutOwnFrames', () => {
  it('cuts a trace off where the library called', () => {
    const fail = (): never => {
      throw new Error('m');
    };
    try {
      calledByPortcall(fail, undefined, []);
    } catch (error) {
      const lines = withoutOwnFrames((error as Error).stack ?? '').split('\n');
      expect(lines).toHaveLength(2);
      expect(lines[1]).toContain('at fail');
    }
  });

  it('leaves others as they are', () => {
    for (const stack of ['', 'Error: calledByPortcall', 'Error: m\n    at f (file.js:1:1)'])
      expect(withoutOwnFrames(stack)).toBe(stack);
  });
});
