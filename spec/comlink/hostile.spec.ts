import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { connect } from 'portcall';
import { comlink } from 'portcall/comlink';
import { expect, onTestFinished, test } from 'vitest';

import { Counter } from '../fixtures/comlink/api.js';
import { exposedTo } from './stock.ts';

class Base {
  inherited() {
    return 'inherited';
  }
  static shared() {
    return 'shared';
  }
}

class Service extends Base {
  #secret = 1;
  field = 1;
  get secret() {
    return this.#secret;
  }
  override toString() {
    return 'service';
  }
}

const api = {
  add: (a: number, b: number) => a + b,
  Service,
  service: new Service(),
  bare: Object.assign(Object.create(null) as object, { inner: 1 }),
  list: [1, 2],
  text: 'text',
  frozen: Object.freeze({ value: 1 }),
};

// What Comlink's own expose() answers to each of these is a value of the program, or code that ran.
const forbidden: readonly (readonly [what: string, path: readonly string[]])[] = [
  ['the prototype', ['__proto__']],
  ['a prototype by name', ['Service', 'prototype']],
  ['a prototype below', ['service', '__proto__', 'inherited']],
  ['what made the object', ['constructor']],
  ['the maker of functions', ['constructor', 'constructor']],
  ['the maker of a function', ['add', 'constructor']],
  ['the maker of an instance', ['service', 'constructor']],
  ['the maker of a list', ['list', 'constructor']],
  ['a method of all objects', ['hasOwnProperty']],
  ['a method of all objects, of a class of ours', ['service', 'toString']],
  ['a setter of getters', ['service', '__defineGetter__']],
  ['a method of all functions', ['add', 'call']],
  ['what binds functions', ['Service', 'bind']],
  ['the name of a function', ['add', 'name']],
  ['a member of a text', ['text', 'length']],
  ['a private field', ['service', '#secret']],
  ['a symbol', ['Symbol(Symbol.iterator)']],
  ['nothing', ['']],
  ['what is not there', ['missing', 'deeper']],
];

for (const type of ['GET', 'APPLY', 'CONSTRUCT', 'SET'] as const) {
  test.each(forbidden)(`${type} does not reach %s`, async (_, path) => {
    const { ask } = serve(api);
    const value = { type: 'RAW', value: { polluted: true } };
    const reply = await ask({ type, path, argumentList: [value], value });
    expect(reply).toMatchObject({
      type: 'HANDLER',
      name: 'throw',
      value: { isError: true, value: { name: 'RpcError', code: 'METHOD_NOT_FOUND' } },
    });
    expect(Object.getPrototypeOf(api)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('polluted');
  });
}

test('what the program has added to all objects is not reached', async () => {
  // oxlint-disable-next-line no-extend-native -- which is the point
  Object.defineProperty(Object.prototype, 'added', { value: () => 'reached', configurable: true });
  onTestFinished(() => void Reflect.deleteProperty(Object.prototype, 'added'));
  const { ask } = serve(api);
  for (const path of [['added'], ['service', 'added'], ['add', 'added']]) {
    expect(await ask({ type: 'APPLY', path })).toMatchObject({
      value: { value: { code: 'METHOD_NOT_FOUND' } },
    });
  }
});

test('the attack that runs code through Comlink runs none here', async () => {
  const { ask } = serve({ add: api.add });
  const code = { type: 'RAW', value: 'globalThis.owned = true' };
  for (const path of [
    ['constructor', 'constructor'],
    ['add', 'constructor'],
  ]) {
    const reply = await ask({ type: 'CONSTRUCT', path, argumentList: [code] });
    expect(reply).toMatchObject({ name: 'throw' });
  }
  expect(globalThis).not.toHaveProperty('owned');
});

test('Comlink itself reaches none of it', async () => {
  const { remote } = exposedTo<Record<string, never>>(api);
  const from = (...path: string[]): new (code: string) => Promise<unknown> =>
    path.reduce<object>((object, name) => Reflect.get(object, name) as object, remote) as never;
  for (const path of [
    ['constructor', 'constructor'],
    ['add', 'constructor'],
    ['__proto__', 'constructor'],
  ]) {
    const Attack = from(...path);
    await expect(new Attack('globalThis.owned = true')).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
  }
  const polluting: Promise<unknown> = Reflect.apply(from('__proto__', '__defineGetter__'), undefined, [
    'polluted',
    1,
  ]);
  await expect(polluting).rejects.toMatchObject({ code: 'METHOD_NOT_FOUND' });
  expect(globalThis).not.toHaveProperty('owned');
  expect({}).not.toHaveProperty('polluted');
});

test('what a class has is reached, its parents’ members too', async () => {
  const { ask } = serve(api);
  const value = async (type: string, ...path: string[]): Promise<unknown> =>
    (await ask({ type, path })).value;
  expect(await value('APPLY', 'service', 'inherited')).toBe('inherited');
  expect(await value('GET', 'service', 'secret')).toBe(1);
  expect(await value('GET', 'service', 'field')).toBe(1);
  expect(await value('APPLY', 'Service', 'shared')).toBe('shared');
  expect(await value('GET', 'bare', 'inner')).toBe(1);
  expect(await value('GET', 'list', '1')).toBe(2);
});

test('a property is only set where there is one that can be', async () => {
  const object = { own: 1, counter: new Counter(1), frozen: Object.freeze({ value: 1 }) };
  const { ask } = serve(object);
  const set = (...path: string[]): Promise<Reply> =>
    ask({ type: 'SET', path, value: { type: 'RAW', value: 5 } });
  expect(await set('own')).toMatchObject({ type: 'RAW', value: true });
  expect(await set('counter', 'value')).toMatchObject({ type: 'RAW', value: true });
  for (const path of [['added'], ['counter', 'increment'], ['frozen', 'value'], []]) {
    expect(await set(...path)).toMatchObject({ value: { value: { code: 'METHOD_NOT_FOUND' } } });
  }
  expect(object).toEqual({ own: 5, counter: object.counter, frozen: { value: 1 } });
  expect(object.counter.value).toBe(5);
  expect(Object.hasOwn(object.counter, 'increment')).toBe(false);
});

test('a name that is nearly right is told', async () => {
  const { ask } = serve(api);
  expect(await ask({ type: 'APPLY', path: ['ad'] })).toMatchObject({
    value: { value: { message: 'there is no "ad" in the exposed object; did you mean add?' } },
  });
});

const wrongs: readonly (readonly [what: string, message: object])[] = [
  ['a path that is none', { type: 'APPLY', path: 'add' }],
  ['a path of other things', { type: 'GET', path: [{ toString: 'add' }] }],
  ['a path without end', { type: 'GET', path: new Array(10_000).fill('list') }],
  ['arguments that are no list', { type: 'APPLY', path: ['add'], argumentList: 1 }],
  ['an argument that is no value', { type: 'APPLY', path: ['add'], argumentList: [null] }],
  ['an argument of an unknown form', { type: 'APPLY', path: ['add'], argumentList: [{ type: 'X' }] }],
  ['a thrown argument', { type: 'APPLY', path: ['add'], argumentList: [thrown(1)] }],
  ['a thrown argument without fields', { type: 'APPLY', path: ['add'], argumentList: [thrown(undefined)] }],
  ['an unknown transfer handler', { type: 'APPLY', path: ['add'], argumentList: [handler('x', 1)] }],
  ['a reference without a port', { type: 'APPLY', path: ['add'], argumentList: [handler('proxy', {})] }],
  [
    'a handler named as nothing is',
    { type: 'APPLY', path: ['add'], argumentList: [handler('__proto__', 1)] },
  ],
  ['a set without a value', { type: 'SET', path: ['text'] }],
];

test.each(wrongs)('%s is answered with an error', async (_, message) => {
  const { ask } = serve(api);
  expect(await ask(message)).toMatchObject({
    name: 'throw',
    value: { isError: true, value: { code: 'PROTOCOL_ERROR' } },
  });
  expect(await ask({ type: 'GET', path: ['text'] })).toMatchObject({ value: 'text' });
});

test('messages that are not of the protocol are left alone', async () => {
  const { ask, port } = serve(api);
  const own = [
    null,
    1,
    'text',
    {},
    { id: 1 },
    { type: 'GET' },
    { id: 1, type: 'OTHER' },
    { id: 'x', type: 'RAW' },
  ];
  for (const message of own) port.postMessage(message);
  expect(await ask({ type: 'GET', path: ['text'] })).toMatchObject({ value: 'text' });
});

test('replies of a peer that makes no sense fail their calls', async () => {
  const replies = [
    { type: 'HANDLER', name: 'proxy', value: 1 },
    { type: 'HANDLER', name: 'other', value: 1 },
    { type: 'HANDLER', name: 'throw', value: 1 },
    { type: 'HANDLER', name: 'throw', value: { isError: true } },
    { type: 'HANDLER' },
  ];
  const { port1, port2 } = new MessageChannel();
  port2.on('message', ({ id }: { id: string }) => port2.postMessage({ ...replies.shift(), id }));
  const session = connect<{ any(): void }>(port1, { protocol: comlink });
  onTestFinished(() => session.close({ graceMs: 0 }));
  while (replies.length > 0)
    await expect(session.remote.any()).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
});

test('an error of a peer brings no class but a built-in one, and no setter runs', async () => {
  const { port1, port2 } = new MessageChannel();
  const value = JSON.parse(
    '{"message":"m","name":"RpcError","code":"TIMEOUT","__proto__":{"polluted":true},"stack":1}',
  ) as object;
  port2.on('message', ({ id }: { id: string }) =>
    port2.postMessage({ ...thrown({ isError: true, value }), id }),
  );
  const session = connect<{ any(): Promise<void> }>(port1, { protocol: comlink });
  onTestFinished(() => session.close({ graceMs: 0 }));
  const error: unknown = await session.remote.any().catch((reason: unknown) => reason);
  expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
  expect(error).toMatchObject({ name: 'RpcError', message: 'm', code: 'TIMEOUT' });
  expect((error as Error).stack).toBeTypeOf('string');
});

interface Reply {
  readonly type: string;
  readonly name?: string;
  readonly value: unknown;
}

function thrown(value: unknown): object {
  return handler('throw', value);
}

function handler(name: string, value: unknown): object {
  return { type: 'HANDLER', name, value };
}

/** Exposes an object to a peer that writes its messages by hand. */
function serve(object: object): {
  readonly ask: (message: object) => Promise<Reply>;
  readonly port: MessagePort;
} {
  const { port1, port2 } = new MessageChannel();
  const session = connect(port1, { expose: object, protocol: comlink });
  onTestFinished(() => session.close({ graceMs: 0 }));
  return {
    port: port2,
    ask: async (message) => {
      const reply = once(port2, 'message');
      port2.postMessage({ id: 'asked', ...message });
      return ((await reply) as [Reply])[0];
    },
  };
}
