import type { Remote, SyncFunction, SyncRemote } from 'portcall';
import { describe, expectTypeOf, test } from 'vitest';

declare class Counter {
  #count: number;
  increment(by: number): number;
}

interface Module {
  VERSION: string;
  limits: { most: number };
  when: Date;
  list: readonly string[];
  Counter: typeof Counter;
  add(a: number, b: number): number;
  load(name: string): Promise<Map<string, Date>>;
  counter(): Counter;
  adder(step: number): (n: number) => number;
  numbers(): AsyncGenerator<number>;
  optional?: () => boolean;
  geometry: { unit: string; area(side: number): Promise<number> };
  nested: { deeper: { run(): string }; empty: { text: string } };
  // oxlint-disable-next-line typescript/no-explicit-any
  anything: any;
  then(): void;
}

declare const sync: SyncRemote<Module>;

describe('SyncRemote', () => {
  test('has the functions, and the objects that hold some', () => {
    expectTypeOf<keyof SyncRemote<Module>>().toEqualTypeOf<
      'add' | 'load' | 'counter' | 'adder' | 'numbers' | 'optional' | 'geometry' | 'nested' | 'anything'
    >();
    expectTypeOf<keyof typeof sync.geometry>().toEqualTypeOf<'area'>();
    expectTypeOf<keyof typeof sync.nested>().toEqualTypeOf<'deeper'>();
  });

  test('functions return what arrives', () => {
    expectTypeOf(sync.add).toEqualTypeOf<(a: number, b: number) => number>();
    expectTypeOf(sync.load('x')).toEqualTypeOf<Map<string, Date>>();
    expectTypeOf(sync.geometry.area(2)).toEqualTypeOf<number>();
    expectTypeOf(sync.nested.deeper.run()).toEqualTypeOf<string>();
    expectTypeOf(sync.optional()).toEqualTypeOf<boolean>();
    expectTypeOf(sync.anything).toBeAny();
  });

  test('instances, functions and streams are asynchronous', () => {
    expectTypeOf(sync.counter()).toEqualTypeOf<Remote<Counter>>();
    expectTypeOf(sync.adder(1)(2)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(sync.numbers()).toExtend<AsyncGenerator<number>>();
  });
});

describe('SyncFunction', () => {
  test('keeps the type parameters of a function that takes and returns plain data', () => {
    expectTypeOf<SyncFunction<<T>(value: T) => T>>().toEqualTypeOf<<T>(value: T) => T>();
  });

  test('loses those of an async one to their constraints', () => {
    const same = {} as SyncFunction<<T>(value: T) => Promise<T>>;
    expectTypeOf(same(1)).toEqualTypeOf<unknown>();
  });

  test('has all overloads', () => {
    type Overloaded = { (a: string): Promise<number>; (a: number, b: number): Promise<string> };
    const overloaded = {} as SyncFunction<Overloaded>;
    expectTypeOf(overloaded('a')).toEqualTypeOf<number>();
    expectTypeOf(overloaded(1, 2)).toEqualTypeOf<string>();
  });

  test('takes remotes where instances are wanted', () => {
    const use = {} as SyncFunction<(counter: Counter) => number>;
    expectTypeOf(use({} as Remote<Counter>)).toEqualTypeOf<number>();
  });
});
