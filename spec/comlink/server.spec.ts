import { createEndpoint, expose, finalizer, releaseProxy, transfer, wrap, type ProxyMarked } from 'comlink';
import { once } from 'node:events';
import { expect, test } from 'vitest';

import { api, Counter, Odd } from '../fixtures/comlink/api.js';
import { endpointOf, exposedTo, marked, wrapPortcall, type Api } from './stock.ts';

test('Comlink calls and reads what a worker exposes', async () => {
  const { remote } = wrapPortcall();
  expect(await remote.add(2, 3)).toBe(5);
  expect(await remote.sum(1, 2, 3)).toBe(6);
  expect(await remote.VERSION).toBe('1.0');
  expect(await depth(remote).value).toBe(1);
});

test('Comlink sets a property', async () => {
  const { remote } = wrapPortcall();
  Object.assign(depth(remote), { value: 4 });
  expect(await depth(remote).value).toBe(4);
});

test('Comlink makes an instance, and calls, reads and sets its members', async () => {
  const { remote } = wrapPortcall();
  const counter = await new remote.Counter(10);
  expect(await counter.increment()).toBe(11);
  expect(await counter.value).toBe(11);
  Object.assign(counter, { value: 1 });
  expect(await counter.increment(2)).toBe(3);
  expect(await remote.Counter.describe()).toBe('1 made');
  await expect(new remote.Counter(-1)).rejects.toThrow('below zero');
});

test('a function is called with its object as this', async () => {
  const self = {
    itself() {
      return this === self;
    },
  };
  const { remote } = exposedTo<typeof self>(self);
  expect(await remote.itself()).toBe(true);
});

test('a class or a function can be exposed itself', async () => {
  const { remote: double } = exposedTo<(value: number) => number>((value: number) => value * 2);
  expect(await double(4)).toBe(8);
  const { remote: Remote } = exposedTo<typeof Counter>(Counter);
  const counter = await new Remote(1);
  expect(await counter.increment()).toBe(2);
});

test('what is marked by proxy() is served by reference', async () => {
  const { remote } = wrapPortcall();
  const greet = await remote.greeter();
  expect(await (greet as unknown as (name: string) => Promise<string>)('ada')).toBe('hello ada');
  const counter = await remote.counter(5);
  expect(await counter.increment()).toBe(6);
});

test('a callback of Comlink is called, and its errors arrive', async () => {
  const { remote } = wrapPortcall();
  expect(
    await remote.call(
      marked((value: unknown) => [value]),
      1,
    ),
  ).toEqual([1]);
  const failing = marked(() => {
    throw new TypeError('no such thing');
  });
  await expect(remote.call(failing, 1)).rejects.toThrow('no such thing');
});

test('Comlink passes on a function of another worker', async () => {
  const { remote } = wrapPortcall();
  const { remote: other } = wrapPortcall();
  const greet = await remote.greeter();
  expect(await other.call(marked(greet as unknown as (name: never) => unknown), 'ada')).toBe('hello ada');
});

test('errors reach Comlink with name, message, stack and own properties', async () => {
  const { remote } = wrapPortcall();
  const odd: unknown = await (remote.failsOddly() as Promise<unknown>).catch((error: unknown) => error);
  expect(odd).toMatchObject({ name: 'Odd', message: 'odd', code: 7 });
  expect((odd as Error).stack).toContain('api.js');
  expect((odd as Error).stack).not.toContain('/comlink/members');
  await expect(remote.fails('text')).rejects.toBe('text');
  await expect(remote.fails(undefined)).rejects.toBeUndefined();
  const { proxy: revoked, revoke } = Proxy.revocable(new Error('hidden'), {});
  revoke();
  const { remote: hiding } = exposedTo<typeof api>({
    fails: () => {
      throw revoked;
    },
  });
  await expect(hiding.fails(1)).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
  const unsendable = Object.assign(new Odd('odd'), { inner: () => {}, fine: 1 });
  const { remote: local } = exposedTo<{ fails(): void }>({
    fails: () => {
      throw unsendable;
    },
  });
  const error: unknown = await local.fails().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: 'odd', fine: 1 });
  expect(error).not.toHaveProperty('inner');
});

test('a result that cannot be sent is an error that names its path', async () => {
  const { remote } = wrapPortcall();
  await expect(remote.unsendable()).rejects.toMatchObject({
    name: 'RpcError',
    code: 'NOT_SERIALIZABLE',
    message: expect.stringContaining('result.inner.list[1] is a function'),
  });
  await expect(remote.port()).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
  expect(await remote.add(1, 1)).toBe(2);
});

test('what transfer() has marked in a result is moved', async () => {
  const buffer = new ArrayBuffer(8);
  const { remote } = exposedTo<{ buffer(): ArrayBuffer }>({ buffer: () => transfer(buffer, [buffer]) });
  expect((await remote.buffer()).byteLength).toBe(8);
  expect(buffer.byteLength).toBe(0);
});

test('createEndpoint of Comlink gives another port to the same object', async () => {
  const { remote } = wrapPortcall();
  Object.assign(depth(remote), { value: 4 });
  const other = wrap<Api>(endpointOf((await remote[createEndpoint]()) as never));
  expect(await depth(other).value).toBe(4);
});

test('releaseProxy of Comlink runs the finalizer, and ends the session', async () => {
  let finalized = 0;
  const { remote, session, port } = exposedTo<{ ping(): string } & ProxyMarked>({
    ping: () => 'pong',
    [finalizer]: () => finalized++,
  });
  expect(await remote.ping()).toBe('pong');
  const closed = once(port, 'close');
  remote[releaseProxy]();
  expect(await session.closed).toBeUndefined();
  expect(finalized).toBe(1);
  await closed;
});

test('an object by reference outlives the proxy that it came from', async () => {
  const { remote } = wrapPortcall();
  const counter = await new remote.Counter(1);
  remote[releaseProxy]();
  expect(await counter.increment()).toBe(2);
});

test('middleware sees the calls of Comlink', async () => {
  const seen: string[] = [];
  const { remote } = exposedTo<typeof api>(api, {
    servedMiddleware: [
      (next) => async (call) => {
        seen.push(`${call.kind} ${call.target.path.join('.')}`);
        return call.target.path[0] === 'add' ? 'replaced' : next(call);
      },
    ],
  });
  expect(await remote.add(1, 2)).toBe('replaced');
  await remote.VERSION;
  await (await new remote.Counter(1)).increment();
  expect(seen).toEqual(['call add', 'get VERSION', 'new Counter', 'call increment']);
});

test('both sides of one port may expose, and call', async () => {
  const { remote, session, port } = exposedTo<typeof api>({ shout: (text: string) => text.toUpperCase() });
  expose({ whisper: (text: string) => text.toLowerCase() }, endpointOf(port));
  const whispering = session.remote as unknown as { whisper(text: string): Promise<string> };
  const shouting = remote as unknown as { shout(text: string): Promise<string> };
  expect(await Promise.all([whispering.whisper('Ada'), shouting.shout('Ada')])).toEqual(['ada', 'ADA']);
});

test('more calls than may run are refused', async () => {
  const { remote } = exposedTo<typeof api>(api, { limits: { runningCalls: 1 } });
  void remote.never();
  await expect(remote.add(1, 2)).rejects.toMatchObject({ code: 'OVERLOADED' });
  let released!: () => void;
  const letGo = new Promise<void>((resolve) => (released = resolve));
  const callback = Object.assign(() => {}, { [finalizer]: released });
  await expect(remote.call(marked(callback), 1)).rejects.toMatchObject({ code: 'OVERLOADED' });
  await letGo;
});

/** A path, which the types of Comlink do not know. */
function depth(remote: object): { readonly value: Promise<number> } {
  return (remote as { settings: { depth: { value: Promise<number> } } }).settings.depth;
}
