import { type } from 'arktype';
import type { Remote } from 'portcall';
import { checked } from 'portcall/validation';
import * as v from 'valibot';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

test('parameters are inferred from a list of schemas', () => {
  checked({ input: [z.string(), v.number(), type('boolean')] }, (a, b, c) => {
    expectTypeOf(a).toEqualTypeOf<string>();
    expectTypeOf(b).toEqualTypeOf<number>();
    expectTypeOf(c).toEqualTypeOf<boolean>();
  });
});

test('parameters are inferred from the schema of all arguments', () => {
  const seen = (a: unknown, b: unknown): unknown => [a, b];
  checked({ input: z.tuple([z.string(), z.number()]) }, (a, b) => {
    expectTypeOf(a).toEqualTypeOf<string>();
    expectTypeOf(b).toEqualTypeOf<number>();
    return seen(a, b);
  });
  checked({ input: v.tuple([v.string(), v.number()]) }, (a, b) => {
    expectTypeOf(a).toEqualTypeOf<string>();
    expectTypeOf(b).toEqualTypeOf<number>();
  });
  checked({ input: type(['string', 'number']) }, (a, b) => {
    expectTypeOf(a).toEqualTypeOf<string>();
    expectTypeOf(b).toEqualTypeOf<number>();
  });
});

test('the function keeps its own type', () => {
  const greet = (name: string, times?: number): string => name.repeat(times ?? 1);
  expectTypeOf(
    checked({ input: [z.string(), z.number().optional()], output: z.string() }, greet),
  ).toEqualTypeOf<typeof greet>();

  const later = async (name: string): Promise<string> => name;
  expectTypeOf(checked({ input: [v.string()], output: v.string() }, later)).toEqualTypeOf<typeof later>();

  function same<T extends string>(value: T): T {
    return value;
  }
  const stillGeneric = checked({ input: [z.string()] }, same);
  expectTypeOf(stillGeneric('a')).toEqualTypeOf<'a'>();

  function either(value: string): string;
  function either(value: number): number;
  function either(value: string | number): string | number {
    return value;
  }
  expectTypeOf(checked({ output: z.union([z.string(), z.number()]) }, either)).toEqualTypeOf<typeof either>();
});

test('parameters that were inferred can be left out where the schema says so', () => {
  const seen = (...all: unknown[]): string => all.join();
  const greet = checked({ input: [z.string(), z.number().optional()] }, (name, times) => seen(name, times));
  expectTypeOf(greet).toEqualTypeOf<(...args: [string, (number | undefined)?]) => string>();
  const both = checked({ input: [z.string(), z.number()] }, (name, times) => seen(name, times));
  expectTypeOf(both).toEqualTypeOf<(name: string, times: number) => string>();
});

test('a schema that changes values changes the type', () => {
  const toDate = z.iso.datetime().transform((text) => new Date(text));
  const day = checked({ input: [toDate] }, (date: Date) => date.getUTCDate());
  expectTypeOf(day).toEqualTypeOf<(...args: [string]) => number>();
  expectTypeOf<Remote<{ day: typeof day }>['day']>().toBeCallableWith('2026-01-01T00:00:00Z');

  const length = checked(
    {
      output: v.pipe(
        v.string(),
        v.transform((text) => text.length),
      ),
    },
    async (text: string) => text,
  );
  expectTypeOf(length).toEqualTypeOf<(...args: [text: string]) => Promise<number>>();

  const padded = checked({ input: [z.string(), z.string().default(' ')] }, (text, fill) => text + fill);
  expectTypeOf(padded).parameters.toEqualTypeOf<[string, (string | undefined)?]>();
});

test('a function that does not take what the schemas give does not compile', () => {
  // @ts-expect-error its argument is a number
  checked({ input: [z.string()] }, (value: number) => value);
  // @ts-expect-error its result is a number
  checked({ output: z.string() }, () => 1);
  // @ts-expect-error no schema
  checked({ input: [1] }, () => {});
});
