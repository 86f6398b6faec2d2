import { describe, expect, it } from 'vitest';

import { Router } from '../../lib/session/router.ts';
import { routeMethod } from '../../lib/session/routes.ts';

const routerOf = (exposed: object): Router => new Router({ api: exposed, what: 'it' });

const names = (exposed: object): readonly string[] => routerOf(exposed).names;

const api = {
  add: (a: number, b: number) => a + b,
  VERSION: '1',
  deep: { deeper: { deepest: () => 'here' }, list: [() => 1] },
  bare: Object.assign(Object.create(null) as object, { f: () => 1 }),
  date: new Date(0),
  map: new Map([['get', 1]]),
};

describe('what can be named', () => {
  it('is the own enumerable data properties with names, of objects that are plain', () => {
    const odd = Object.create({ inherited: 1 }) as object;
    Object.defineProperties(odd, {
      own: { value: 1, enumerable: true },
      hidden: { value: 1 },
      computed: { get: () => 1, enumerable: true },
      [Symbol('s')]: { value: 1, enumerable: true },
    });
    Object.defineProperty(odd, '__proto__', { value: () => 1, enumerable: true });
    expect(names(odd)).toEqual(['own', '__proto__']);
    expect(names(api)).toEqual(['add', 'VERSION', 'deep', 'bare', 'date', 'map']);
  });

  it('is fixed once it has been looked at, while values are read at each call', () => {
    const grows: Record<string, () => number> = { a: () => 1 };
    const router = routerOf(grows);
    const route = router.route(['a']);
    grows['a'] = () => 2;
    grows['b'] = () => 3;
    expect((routeMethod(route, 'it') as () => number)()).toBe(2);
    expect(() => router.route(['b'])).toThrow('there is no "b" in it; did you mean a?');
  });

  it.each([
    [['add']],
    [['VERSION']],
    [['deep', 'deeper', 'deepest']],
    [['bare', 'f']],
    [['deep', 'list', '0']],
  ])('%j leads somewhere', (path) => {
    expect(routerOf(api).route(path)).toMatchObject({ key: path.at(-1), target: { path } });
  });

  it.each([
    [['deep', 'list', '1'], 'there is no "1" in deep.list in it'],
    [['deep', 'list', 'map'], 'there is no "map" in deep.list in it'],
    [['date', 'getTime'], 'there is no "getTime" in date in it'],
    [['map', 'get'], 'there is no "get" in map in it'],
    [['add', 'call'], 'there is no "call" in add in it'],
    [['VERSION', 'length'], 'there is no "length" in VERSION in it'],
    [['deep', 'constructor', 'constructor'], 'there is no "constructor" in deep in it'],
    [['toString'], 'there is no "toString" in it'],
    [['Add'], 'did you mean add?'],
    [['nothing like any of them'], 'it has add, VERSION, deep, bare, date, map'],
  ])('%j leads nowhere: %s', (path, message) => {
    expect(() => routerOf(api).route(path)).toThrow(message);
  });

  it('is listed in part where there is much of it, and not at all where there is none', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`name${index}`, 1]));
    expect(() => routerOf(many).route(['x'])).toThrow(/it has name0, .*name7, …$/);
    expect(() => routerOf({}).route(['x'])).toThrow('it has no names');
  });
});
