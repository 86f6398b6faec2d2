import { createEndpoint, transfer, transferHandlers, wrap } from 'comlink';
import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { connect } from 'portcall';
import { comlink, newEndpoint } from 'portcall/comlink';
import { expect, onTestFinished, test } from 'vitest';

import { connectToStock, endpointOf, marked } from './stock.ts';

test('functions that Comlink exposes are called', async () => {
  const { remote } = connectToStock();
  expect(await remote.add(2, 3)).toBe(5);
  expect(await remote.sum(1, 2, 3)).toBe(6);
  expect(await remote.self()).toBe(true);
});

test('values that Comlink exposes are read, by any path', async () => {
  const { remote } = connectToStock();
  expect(await remote.VERSION).toBe('1.0');
  expect(await remote.settings.depth.value).toBe(1);
  expect(await remote.settings).toEqual({ depth: { value: 1 } });
});

test('a property is set, and read after that', async () => {
  const { remote } = connectToStock();
  Object.assign(remote.settings.depth, { value: 5 });
  expect(await remote.settings.depth.value).toBe(5);
});

test('a property that cannot be set is told to onError', async () => {
  const errors: unknown[] = [];
  const { remote } = connectToStock({ onError: (error) => errors.push(error) });
  Object.assign(remote.settings, { depth: () => {} });
  expect(await remote.VERSION).toBe('1.0');
  expect(errors).toMatchObject([{ code: 'NOT_SERIALIZABLE', message: expect.stringContaining('the value') }]);
});

test('a class is made with new, and its instance lives at the other side', async () => {
  const { remote } = connectToStock();
  const counter = await new remote.Counter(10);
  expect(await counter.increment()).toBe(11);
  expect(await counter.increment(5)).toBe(16);
  expect(await counter.value).toBe(16);
  Object.assign(counter, { value: 1 });
  expect(await counter.increment()).toBe(2);
  expect(await remote.Counter.describe()).toBe('1 made');
});

test('an instance can be used before it is there', async () => {
  const { remote } = connectToStock();
  const counter = new remote.Counter(10);
  const results = await Promise.all([counter.increment(), counter.increment(), counter.value]);
  expect(results).toEqual([11, 12, 12]);
  await expect(new remote.Counter(-1).increment()).rejects.toThrow('below zero');
});

test('what Comlink returns by reference is a remote', async () => {
  const { remote } = connectToStock();
  const counter = await remote.counter(3);
  expect(await counter.increment()).toBe(4);
  const greet = await remote.greeter();
  expect(await greet('ada')).toBe('hello ada');
});

test('a function marked by proxy() is called back', async () => {
  const { remote } = connectToStock();
  expect(
    await remote.call(
      marked((value: unknown) => [value, 'back']),
      1,
    ),
  ).toEqual([1, 'back']);
  const counter = await new remote.Counter(0);
  expect(
    await counter.onEach(
      3,
      marked((value: number) => value * 2),
    ),
  ).toEqual([2, 4, 6]);
});

test('what a callback throws reaches who called it, and comes back', async () => {
  const { remote } = connectToStock();
  const failing = marked(() => {
    throw new RangeError('not that one');
  });
  await expect(remote.call(failing, 1)).rejects.toThrow(new RangeError('not that one'));
});

test('errors arrive with name, message and stack, built-in ones with their class', async () => {
  const { remote } = connectToStock();
  const type: unknown = await remote.failsWithType().catch((error: unknown) => error);
  expect(type).toBeInstanceOf(TypeError);
  expect(type).toMatchObject({ name: 'TypeError', message: 'no such thing' });
  expect((type as Error).stack).toContain('api.js');
  const odd: unknown = await remote.failsOddly().catch((error: unknown) => error);
  expect(odd).toBeInstanceOf(Error);
  expect(odd).toMatchObject({ name: 'Odd', message: 'odd' });
});

test.each([[undefined], [0], [''], [null], [false], ['text'], [{ reason: [1] }]])(
  'anything can be thrown: %j',
  async (value) => {
    const { remote } = connectToStock();
    const thrown = { value: 'nothing' as unknown };
    await remote.fails(value).catch((error: unknown) => (thrown.value = error));
    expect(thrown.value).toEqual(value);
  },
);

test('values cross as structured clone has them', async () => {
  const { remote } = connectToStock();
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  for (const value of [
    new Map([[1, new Set([2n])]]),
    new Date(5),
    /a/gi,
    -0,
    undefined,
    new Uint8Array(3),
    cyclic,
  ]) {
    expect(await remote.echo(value)).toEqual(value);
  }
});

test('a value that cannot be sent rejects its own call, with the path to it', async () => {
  const { remote } = connectToStock();
  const error = { code: 'NOT_SERIALIZABLE', delivery: 'not-sent' };
  await expect(remote.echo(1, { a: [0, () => {}] })).rejects.toMatchObject({
    ...error,
    message: expect.stringContaining('echo() was not sent: arguments[1].a[1] is a function'),
  });
  await expect(remote.echo(new Map([['x', Promise.resolve()]]))).rejects.toMatchObject({
    ...error,
    message: expect.stringContaining('arguments[0].x is a Promise'),
  });
  await expect(remote.echo(new AbortController().signal)).rejects.toMatchObject({
    ...error,
    message: expect.stringContaining('with({ signal })'),
  });
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  await expect(remote.echo(revoked)).rejects.toMatchObject(error);
  await expect(remote.echo({ revoked })).rejects.toMatchObject({
    ...error,
    message: expect.stringContaining('arguments[0].revoked is a revoked Proxy'),
  });
  const throwing = {
    get bad() {
      throw new Error('no');
    },
  };
  await expect(remote.echo(throwing)).rejects.toMatchObject(error);
  expect(await remote.add(1, 1)).toBe(2);
});

test('what was marked for a call that could not be sent is taken back', async () => {
  const { remote, stats } = connectToStock();
  await remote.add(1, 1);
  const before = handles();
  await expect(
    remote.echo(
      marked(() => {}),
      () => {},
    ),
  ).rejects.toMatchObject({ code: 'NOT_SERIALIZABLE' });
  await expect.poll(handles).toBe(before);
  expect(stats.pendingCalls).toBe(0);
});

test('a result that cannot be sent rejects its own call, in the words of Comlink', async () => {
  const { remote } = connectToStock();
  await expect(remote.unsendable()).rejects.toThrow('Unserializable return value');
  expect(await remote.add(1, 1)).toBe(2);
});

test('what transfer() of Comlink has marked is moved', async () => {
  const { remote } = connectToStock();
  const buffer = new ArrayBuffer(8);
  expect(await remote.byteLength(transfer(buffer, [buffer]))).toBe(8);
  expect(buffer.byteLength).toBe(0);
  const kept = new ArrayBuffer(8);
  expect(await remote.byteLength(kept)).toBe(8);
  expect(kept.byteLength).toBe(8);
});

test('transfer handlers of Comlink are used', async () => {
  class Point {
    constructor(x: number, y: number) {
      Object.assign(this, { x, y });
    }
  }
  transferHandlers.set('point', {
    canHandle: (value): value is Point => value instanceof Point,
    serialize: (point: Point) => [Object.values(point), []],
    deserialize: ([x, y]: [number, number]) => new Point(x, y),
  });
  onTestFinished(() => void transferHandlers.delete('point'));
  const { port1, port2 } = new MessageChannel();
  const session = connect(port1, { protocol: comlink, expose: { same: (value: unknown) => value } });
  onTestFinished(() => session.close({ graceMs: 0 }));
  const result = await wrap<{ same(value: unknown): unknown }>(endpointOf(port2)).same(new Point(1, 2));
  expect(result).toEqual(new Point(1, 2));
  expect(result).toBeInstanceOf(Point);
});

test('another port to what is exposed serves the same object', async () => {
  const { remote } = connectToStock();
  Object.assign(remote.settings.depth, { value: 9 });
  const port = await newEndpoint(remote);
  const other = connect<{ settings: { depth: { value: number } } }>(port, { protocol: comlink });
  onTestFinished(() => other.close({ graceMs: 0 }));
  expect(await other.remote.settings.depth.value).toBe(9);
  const again = (remote as unknown as { [createEndpoint](): Promise<MessagePort> })[createEndpoint]();
  const stock = wrap<{ VERSION: string }>(endpointOf(await again));
  expect(await stock.VERSION).toBe('1.0');
  await expect(newEndpoint({})).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

test('a remote is handed on, and its calls lead through here', async () => {
  const { remote } = connectToStock();
  const counter = await remote.counter(1);
  expect(await remote.call(counter.increment, 5)).toBe(6);
  const { remote: other } = connectToStock();
  expect(await other.call(remote.sum, 5)).toBe(5);
  expect(await other.call(await remote.greeter(), 'ada')).toBe('hello ada');
});

test('each call may have a deadline and a signal', async () => {
  const session = connectToStock();
  await expect(session.with({ timeoutMs: 20 }).never()).rejects.toMatchObject({
    code: 'TIMEOUT',
    delivery: 'unknown',
  });
  const reason = new Error('enough');
  await expect(session.with({ signal: AbortSignal.abort(reason) }).never()).rejects.toBe(reason);
  const controller = new AbortController();
  const waiting = session.with({ signal: controller.signal }).never();
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(session.stats.pendingCalls).toBe(0);
});

test('a call without a reply fulfils at once, and its error goes to onError', async () => {
  let told!: (error: unknown) => void;
  const error = new Promise((resolve) => (told = resolve));
  const session = connectToStock({ onError: told });
  expect(await session.with({ oneway: true }).failsWithType()).toBeUndefined();
  expect(await error).toBeInstanceOf(TypeError);
});

test('middleware sees the calls, by what they do', async () => {
  const seen: string[] = [];
  const { remote } = connectToStock({
    middleware: [
      (next) => (call) => {
        seen.push(`${call.kind} ${call.target.path.join('.')}`);
        return next(call);
      },
    ],
  });
  const counter = await new remote.Counter(1);
  await counter.increment();
  await remote.VERSION;
  Object.assign(remote.settings, { depth: { value: 2 } });
  expect(seen).toEqual(['new Counter', 'call increment', 'get VERSION', 'set settings']);
});

test('more calls than may wait are refused', async () => {
  const { remote } = connectToStock({ limits: { pendingCalls: 2 } });
  void remote.never().catch(() => {});
  void remote.never().catch(() => {});
  await expect(remote.add(1, 1)).rejects.toMatchObject({ code: 'OVERLOADED', delivery: 'not-sent' });
});

test('messages of the program travel beside the calls', async () => {
  const { port1, port2 } = new MessageChannel();
  const session = connect<{ add(a: number, b: number): number }>(port1, { protocol: comlink });
  onTestFinished(() => session.close({ graceMs: 0 }));
  connect(port2, { protocol: comlink, expose: { add: (a: number, b: number) => a + b } });
  const own = once(port2, 'message');
  port1.postMessage({ hello: 'there' });
  expect(await own).toEqual([{ hello: 'there' }]);
  expect(await session.remote.add(1, 2)).toBe(3);
});

function handles(): number {
  // Those that keep nothing alive too.
  return (process.report.getReport() as unknown as { libuv: unknown[] }).libuv.length;
}
