import { MessageChannel } from 'node:worker_threads';
import { connect, fork, spawn, worker, type ConnectOptions, type RpcError } from 'portcall';
import { memoryChannels } from 'portcall/testing';
import { checking } from 'portcall/validation';
import * as v from 'valibot';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';

import { channels, failureOf, start, tracked } from '../launch/children.ts';

type Guarded = typeof import('../fixtures/validation/guarded.js');

const fixture = (name: string): URL => new URL(`../fixtures/validation/${name}`, import.meta.url);

describe.each(channels)('a module that gives its exports schemas, over %s', (channel) => {
  test('has them checked, and what it does not allow refused', async () => {
    const expose = { echo: (...all: string[]) => all };
    const child = start<Guarded>(channel, { expose }, fixture('guarded.js'));
    const { remote } = child;
    expect(await remote.add(1, 2)).toBe(3);
    expect(await remote.shapes.area('3' as never)).toBe(9);
    expect(await remote.VERSION).toBe('1.0');
    expect(await remote.shapes.sides).toBe(4);
    expect(await failureOf(remote.add(1, '2' as never))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('add() did not run: arguments[1]: '),
      issues: [{ path: [1] }],
      delivery: 'not-sent',
    });
    expect(await failureOf(child.with({ metadata: { user: 'mallory' } }).add(1, 2))).toMatchObject({
      code: 'NOT_ALLOWED',
      delivery: 'not-sent',
    });
    expect(await remote.asked()).toEqual([
      'add',
      'shapes.area',
      'VERSION',
      'shapes.sides',
      'add',
      'add',
      'asked',
    ]);
    expect(await remote.askParent()).toEqual(['sent', 'by middleware']);
  });

  test('does not start where it requires one for each function and has forgotten some', async () => {
    const child = start(channel, {}, fixture('half-guarded.js'));
    const error = (await failureOf(child.ready)) as RpcError;
    expect(error).toMatchObject({ code: 'START_FAILED', cause: { code: 'INVALID_OPTION' } });
    expect((error.cause as Error).message).toMatch(/requireSchemas .* arguments of add, shapes\.area;/);
    await child.exited;
  });

  test('offers another object with what it says of that, and keeps it where it says nothing', async () => {
    interface Offering {
      offer(what: string): void;
      half(n: unknown): number;
    }
    const { remote } = start<Offering>(channel, {}, fixture('offering.js'));
    const refused = { code: 'INVALID_ARGUMENT' };
    expect(await failureOf(remote.half('4'))).toMatchObject(refused);
    await remote.offer('nothing');
    expect(await failureOf(remote.half('4'))).toMatchObject(refused);
    await remote.offer('open');
    expect(await remote.half('4')).toBe(2);
    await remote.offer('guarded');
    expect(await failureOf(remote.half('4'))).toMatchObject(refused);
  });
});

test('a function that is not there yet at the start is refused when it is called', async () => {
  type Early = typeof import('../fixtures/validation/early.js');
  const { remote } = start<Early>('pipe', {}, fixture('early.js'));
  expect(await remote.ready()).toBe('initialised late');
  expect(await failureOf(remote.later())).toMatchObject({ code: 'NOT_ALLOWED' });
});

const api = {
  add: vi.fn((a: number, b: number) => a + b),
  nested: { deep: { name: (text: string) => text } },
  wrong: () => 'no number',
  free: (...all: unknown[]) => all.length,
  VERSION: '1.0',
};
type Api = typeof api;
const schemas = {
  add: { input: [z.number(), v.number()] },
  nested: { deep: { name: { input: z.tuple([z.string().toUpperCase()]) } } },
  wrong: { output: z.number() },
};

/** Whoever calls, and whoever takes the calls, joined in memory. */
function pair(served: ConnectOptions, calling: ConnectOptions = {}) {
  const [here, there] = memoryChannels();
  const serving = connect(there, { expose: api, ...served });
  const session = connect<Api>(here, calling);
  onTestFinished(async () => {
    await session.close();
    await serving.close();
  });
  return session;
}

describe('schemas of what a side exposes', () => {
  test('are those of its functions by name', async () => {
    api.add.mockClear();
    const { remote } = pair({ schemas });
    expect(await remote.add(1, 2)).toBe(3);
    expect(await remote.nested.deep.name('ada')).toBe('ADA');
    expect(await remote.free(1, 2, 3)).toBe(3);
    for (const wrong of [['1', 2], [1], [1, 2, 3]]) {
      const call = remote.add(...(wrong as [number, number]));
      expect(await failureOf(call)).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(api.add).toHaveBeenCalledOnce();
    expect(await failureOf(remote.wrong())).toMatchObject({
      code: 'INVALID_RESULT',
      message: expect.stringMatching(/^wrong\(\) has run, but not returned what it should: result: ./),
    });
    expect(await failureOf(remote.nested.deep.name(1 as never))).toMatchObject({
      message: expect.stringMatching(/^nested\.deep\.name\(\) did not run: arguments\[0\]: ./),
    });
  });

  test.each(['fork', 'worker'] as const)('hold for what a parent exposes to a %s', async (kind) => {
    const options = {
      expose: { echo: (...all: string[]) => all },
      schemas: { echo: { input: z.tuple([z.literal('sent')]) } },
    };
    const url = fixture('guarded.js');
    const child = tracked(kind === 'fork' ? fork<Guarded>(url, options) : worker<Guarded>(url, options));
    expect(await failureOf(child.remote.askParent())).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  test('keep calls in order, with middleware within allow and around them', async () => {
    const seen: string[] = [];
    const { remote } = pair({
      schemas: {
        free: { input: z.tuple([z.number()]).refine(([n]) => seen.push(`schema ${n}`)) },
      },
      allow: ({ args }) => seen.push(`allow ${String(args[0])}`) > 0,
      servedMiddleware: [
        (next) => (call) => {
          seen.push(`middleware ${String(call.args[0])}`);
          return next(call);
        },
      ],
    });
    await Promise.all([remote.free(1), remote.free(2)]);
    expect(seen).toEqual(['allow 1', 'middleware 1', 'schema 1', 'allow 2', 'middleware 2', 'schema 2']);
  });

  test('of a function that is read do not get lost: it is not handed out', async () => {
    const open = pair({ schemas });
    const strict = pair({
      expose: { one: () => 1, VALUE: { list: [1] } },
      schemas: { one: { input: [] } },
      requireSchemas: true,
    });
    for (const read of [open.remote.add, open.remote.nested, open.remote.nested.deep, strict.remote]) {
      const member = read === strict.remote ? Reflect.get(strict.remote, 'one') : read;
      expect(await failureOf(member as PromiseLike<unknown>)).toMatchObject({ code: 'NOT_ALLOWED' });
    }
    expect(await Reflect.get(strict.remote, 'VALUE')).toEqual({ list: [1] });
    expect(await open.remote.VERSION).toBe('1.0');
  });

  test('that nothing has when a call comes refuse it where they are required', async () => {
    const later: Record<string, unknown> = { VALUE: 1, loop: {} };
    (later['loop'] as Record<string, unknown>)['again'] = later;
    const { remote } = pair({ expose: later, requireSchemas: true });
    later['VALUE'] = () => 'a function after all';
    const call = remote as unknown as Record<string, () => Promise<unknown>>;
    expect(await failureOf(call['VALUE']!())).toMatchObject({ code: 'NOT_ALLOWED' });
  });

  test.each<[string, ConnectOptions, string]>([
    ['for nothing', { schemas: { ad: { input: [] } } }, 'did you mean add?'],
    ['for what is no function', { schemas: { VERSION: { input: [] } } }, 'schemas has VERSION'],
    ['that are none', { schemas: { add: { input: 'number' } } as never }, 'connect(): schemas.add'],
    ['for nothing nested', { schemas: { nested: { shallow: { input: [] } } } }, 'nested.shallow'],
    ['that are not there', { requireSchemas: true, schemas }, 'arguments of wrong, free;'],
    ['for what is not exposed', { expose: undefined, schemas }, 'there are none'],
    ['in a list', { schemas: [] as never }, 'connect(): schemas is an array'],
    ['with a wrong allow', { allow: true as never }, 'connect(): allow is true'],
  ])('%s are refused at once', (_, options, says) => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    expect(() => connect(port2, { expose: api, ...options })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(says) }),
    );
  });

  test('are checked before anything is started', () => {
    const options = { schemas: { missing: { input: [] } } };
    const refused = expect.objectContaining({ code: 'INVALID_OPTION' });
    expect(() => fork(fixture('guarded.js'), options)).toThrow(refused);
    expect(() => worker(fixture('guarded.js'), options)).toThrow(refused);
    expect(() => spawn(process.execPath, [], options)).toThrow(refused);
  });
});

describe('checking() around the calls a side makes', () => {
  test('sends no wrong argument, and believes no wrong result', async () => {
    api.add.mockClear();
    const { remote } = pair({}, { middleware: [checking(schemas)] });
    expect(await remote.add(1, 2)).toBe(3);
    expect(await failureOf(remote.add(1, '2' as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(api.add).toHaveBeenCalledOnce();
    expect(await failureOf(remote.wrong())).toMatchObject({ code: 'INVALID_RESULT', issues: [{ path: [] }] });
    expect(await remote.free()).toBe(0);
  });

  test('leaves calls alone that are made on something received, whatever their names', async () => {
    const handler = checking(schemas)(async ({ args }) => args);
    const call = {
      kind: 'call',
      target: { path: ['add'], key: '.add' },
      args: ['not checked'],
      options: {},
    } as const;
    expect(await failureOf(handler(call))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    const base = { id: 1, name: 'Counter' };
    const onReference = { ...call, target: { ...call.target, base } };
    expect(await handler(onReference)).toEqual(['not checked']);
  });

  test('expects nothing of a call without a reply', async () => {
    const session = pair({}, { middleware: [checking(schemas)] });
    expect(await session.with({ oneway: true }).wrong()).toBeUndefined();
  });
});

describe('allow', () => {
  test('lets through what it says true to, at once or later, and nothing else', async () => {
    const answers: unknown[] = [true, Promise.resolve(true), false, Promise.resolve(false), 1, undefined];
    const { remote } = pair({ allow: () => answers.shift() as boolean });
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => remote.free()));
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(results[2]).toMatchObject({
      reason: { code: 'NOT_ALLOWED', message: 'free() did not run: the other side does not allow it' },
    });
  });

  test('is asked of reads as well, and what it throws is what the caller gets', async () => {
    const { remote } = pair({
      allow: ({ kind }) => {
        if (kind === 'get') throw new RangeError('not for you');
        return true;
      },
    });
    expect(await failureOf(remote.VERSION)).toMatchObject({ name: 'RangeError', message: 'not for you' });
    expect(await remote.free()).toBe(0);
  });
});
