import { connect, fork, RpcError, worker } from 'portcall';
import { memoryChannels } from 'portcall/testing';
import { checked, type StandardSchema } from 'portcall/validation';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';

import * as shop from '../fixtures/validation/shop.js';
import { failureOf } from '../launch/children.ts';

const url = new URL('../fixtures/validation/shop.js', import.meta.url);
type Shop = typeof shop;

const libraries = ['withZod', 'withValibot', 'withArktype'] as const;

describe.each([
  ['fork', () => fork<Shop>(url)],
  ['fork over ipc', () => fork<Shop>(url, { channel: 'ipc' })],
  ['worker', () => worker<Shop>(url)],
  ['memory', overMemory],
] as const)('checked() over %s', (_, open) => {
  const child = open();
  afterAll(() => child.close());

  describe.each(libraries)('with the schemas of %s', (library) => {
    const functions = child.remote[library];

    test('lets right arguments through', async () => {
      expect(await functions.order({ name: 'tea', amount: 100 }, 3)).toBe('300 g of tea');
      expect(await functions.order({ name: 'tea', amount: 100 })).toBe('100 g of tea');
      expect(await functions.list('primes', [2, 3, 5])).toBe('primes 3');
    });

    test('refuses wrong ones with all that is wrong, and where; the function does not run', async () => {
      const before = await child.remote.ran();
      const item = { name: 7, amount: 'much' } as never;
      const error = (await failureOf(functions.order(item, 'many' as never))) as RpcError;
      expect(error).toBeInstanceOf(RpcError);
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', delivery: 'not-sent' });
      expect(error.message).toMatch(/^order\(\) did not run: arguments\[0\]\.(name|amount): ./);
      const paths = error.issues?.map(({ path }) => path.join('.')).toSorted();
      expect(paths).toEqual(['0.amount', '0.name', '1']);
      for (const { message } of error.issues ?? []) expect(message).toMatch(/./);

      const listed = (await failureOf(functions.list('primes', [2, 'three' as never]))) as RpcError;
      expect(listed).toMatchObject({ code: 'INVALID_ARGUMENT', issues: [{ path: [1, 1] }] });
      expect(await failureOf(functions.list('primes', undefined as never))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      expect(await child.remote.ran()).toBe(before);
    });

    test('refuses an argument too many', async () => {
      const call = functions.day as unknown as (...args: unknown[]) => Promise<unknown>;
      expect(await failureOf(call('2026-01-02', 'more'))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        issues: [{ path: [1], message: 'there is no such argument: it takes 1' }],
      });
    });

    test('hands on what a schema turns a value into, both ways', async () => {
      expect(await functions.day('2026-01-23')).toBe(23);
      expect(await functions.length()).toBe(8);
    });

    test('says INVALID_RESULT of a function that returns what it should not', async () => {
      const error = (await failureOf(functions.wrong())) as RpcError;
      expect(error).toMatchObject({
        code: 'INVALID_RESULT',
        delivery: 'unknown',
        issues: [{ path: ['id'] }],
      });
      expect(error.message).toMatch(/: result\.id: ./);
    });
  });
});

describe('checked()', () => {
  const later: StandardSchema<number> = {
    '~standard': {
      version: 1,
      vendor: 'spec',
      validate: async (value) =>
        typeof value === 'number' ? { value: value + 1 } : { issues: [{ message: 'no number' }] },
    },
  };

  test('is the function in all other respects', () => {
    const owner = {
      factor: 3,
      times: checked({ input: [z.number()] }, function times(this: { factor: number }, n: number) {
        return this.factor * n;
      }),
    };
    expect(owner.times(2)).toBe(6);
    expect(owner.times.name).toBe('times');
    expect(owner.times).toHaveLength(1);
    const count = checked({ input: [z.number().optional(), z.number().default(4)] }, (...all) => all.length);
    expect([count(), count(1), count(undefined, 2)]).toEqual([2, 2, 2]);
    const counted = checked({ input: [z.number().optional()] }, (...all) => all.length);
    expect([counted(), counted(undefined)]).toEqual([0, 1]);
  });

  test('waits for a schema that takes its time, and for nothing else', async () => {
    const add = vi.fn((a: number, b: number): unknown => a + b);
    const waits = checked({ input: [z.number(), later] }, add);
    const sum = waits(1, 2);
    expect(add).not.toHaveBeenCalled();
    expect(await sum).toBe(4);
    expect(await failureOf(waits(1, 'x' as never) as Promise<unknown>)).toMatchObject({
      issues: [{ path: [1], message: 'no number' }],
    });
    const result: unknown = checked({ output: later }, (n: number) => n)(1);
    await expect(result).resolves.toBe(2);
  });

  test('passes on what a schema itself throws, and leaves no rejection behind', async () => {
    const thrown = new Error('a fault of the schema');
    const failing = (validate: () => never | Promise<never>): StandardSchema => ({
      '~standard': { version: 1, vendor: 'spec', validate },
    });
    const throws = failing(() => {
      throw thrown;
    });
    const rejects = failing(() => Promise.reject(new Error('another one')));
    const both = checked({ input: [throws, rejects] }, () => 1) as () => unknown;
    expect(await failureOf(both() as Promise<unknown>)).toBe(thrown);
  });

  test('bounds what an error carries of what was passed', () => {
    const echo: StandardSchema<unknown[]> = {
      '~standard': {
        version: 1,
        vendor: 'spec',
        validate: (value) => ({
          issues: Array.from(value as unknown[], (item) => ({
            message: `not ${String(item)}`,
            path: [String(item), { key: Symbol('secret') }],
          })),
        }),
      },
    };
    const long = 'x'.repeat(100_000);
    const refuses = checked({ input: echo }, (...all) => all);
    let error: unknown;
    try {
      refuses(...Array.from({ length: 1000 }, () => long));
    } catch (thrown) {
      error = thrown;
    }
    expect((error as RpcError).issues).toHaveLength(32);
    expect(JSON.stringify((error as RpcError).issues).length).toBeLessThan(32_000);
    expect((error as RpcError).message.length).toBeLessThan(4_000);
    expect((error as RpcError).message).toContain('and 29 more');
  });

  test.each<[string, unknown, string]>([
    ['no schemas', undefined, 'schemas is undefined'],
    ['none of the two', {}, 'one schema at least'],
    ['a misspelt one', { imput: [z.string()] }, 'did you mean input?'],
    ['no schema', { input: { type: 'string' } }, 'a Standard Schema'],
    ['no schema in a list', { input: [z.string(), 'number'] }, 'input[1] is "number"'],
    ['no schema for the result', { output: [] }, 'output is an array'],
  ])('refuses %s', (_, schemas, says) => {
    expect(() => checked(schemas as { input: [] }, () => {})).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(says) }),
    );
    expect(() => checked({ input: [] }, 'no function' as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});

function overMemory() {
  const [here, there] = memoryChannels();
  connect(there, { expose: shop });
  return connect<Shop>(here);
}
