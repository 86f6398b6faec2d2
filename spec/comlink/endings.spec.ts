import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MessageChannel, type Worker } from 'node:worker_threads';
import { expose } from 'comlink';
import { connect, expose as exposeHere, type Session } from 'portcall';
import { comlink } from 'portcall/comlink';
import { expect, onTestFinished, test } from 'vitest';

import { connectToStock, endpointOf, exposedTo, marked, startWorker, wrapPortcall } from './stock.ts';

const gone = { code: 'CHANNEL_CLOSED', delivery: 'unknown' };

test('calls that wait settle when the worker exits, wherever they were made', async () => {
  const session = connectToStock();
  const { remote } = session;
  const counter = await remote.counter(1);
  const calls = [
    remote.never(),
    counter.onEach(
      1,
      marked(() => new Promise<never>(() => {})),
    ),
  ];
  const settled = Promise.allSettled(calls);
  await expect(remote.exit(3)).rejects.toMatchObject({
    ...gone,
    message: expect.stringContaining('with code 3'),
  });
  const reason = expect.objectContaining(gone) as unknown;
  expect(await settled).toMatchObject([{ reason }, { reason }]);
  expect(await session.closed).toMatchObject({
    code: 'CHANNEL_CLOSED',
    message: 'the worker has exited with code 3',
  });
  await expect(remote.add(1, 1)).rejects.toMatchObject({ code: 'CHANNEL_CLOSED', delivery: 'not-sent' });
  await expect(counter.increment()).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  expect(session.stats).toMatchObject({
    pendingCalls: 0,
    runningCalls: 0,
    queuedBytes: 0,
    ignoredMessages: 0,
  });
});

test('what ended the worker is the cause, and stays the program’s to handle', async () => {
  const worker = startWorker('holding');
  const session = connect<{ any(): void }>(worker, { protocol: comlink });
  const call = session.remote.any();
  const failed = once(worker, 'error');
  worker.postMessage('throw');
  await expect(call).rejects.toMatchObject({ ...gone, cause: { message: 'on purpose' } });
  expect(await failed).toMatchObject([{ message: 'on purpose' }]);
});

test('a worker that is gone already rejects what is called', async () => {
  const worker = startWorker('holding');
  await worker.terminate();
  const session = connect<{ any(): void }>(worker, { protocol: comlink });
  await expect(session.remote.any()).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  expect(await session.closed).toMatchObject({ code: 'CHANNEL_CLOSED' });
});

test('calls over a port settle when the worker at its other end exits', async () => {
  const { session, worker } = await overPort();
  expect(await session.remote.ping()).toBe('pong');
  const call = session.remote.never();
  worker.postMessage('exit');
  await expect(call).rejects.toMatchObject(gone);
  expect(await session.closed).toMatchObject({ code: 'CHANNEL_CLOSED' });
});

test('calls settle when the other side closes the port', async () => {
  const { port1, port2 } = new MessageChannel();
  expose({ never: () => new Promise(() => {}) }, endpointOf(port2));
  const session = connect<{ never(): Promise<void> }>(port1, { protocol: comlink });
  const call = session.remote.never();
  port2.close();
  await expect(call).rejects.toMatchObject(gone);
  await session.close();
});

test('a message that cannot be read ends the session, with the reason', async () => {
  const { port1, port2 } = new MessageChannel();
  expose({ never: () => new Promise(() => {}) }, endpointOf(port2));
  const session = connect<{ never(): Promise<void> }>(port1, { protocol: comlink });
  const call = session.remote.never();
  // Which messages those are is up to the version of Node.
  port1.emit('messageerror', new Error('made of something else'));
  await expect(call).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' });
  expect(await session.closed).toMatchObject({
    code: 'PROTOCOL_ERROR',
    cause: { message: 'made of something else' },
  });
});

test('close finishes the calls under way, and releases the other side', async () => {
  const { port1, port2 } = new MessageChannel();
  let finish!: (value: string) => void;
  expose({ later: () => new Promise<string>((resolve) => (finish = resolve)) }, endpointOf(port2));
  const session = connect<{ later(): Promise<string> }>(port1, { protocol: comlink });
  const released = once(port2, 'close');
  const call = session.remote.later();
  const closed = session.close();
  await expect(session.remote.later()).rejects.toMatchObject({
    code: 'CHANNEL_CLOSED',
    delivery: 'not-sent',
  });
  await expect.poll(() => finish).toBeDefined();
  finish('done');
  expect(await call).toBe('done');
  await closed;
  expect(await session.closed).toBeUndefined();
  await released;
});

test('close gives up what takes longer than its grace', async () => {
  const session = connectToStock();
  const call = session.remote.never();
  const rejected = expect(call).rejects.toMatchObject(gone);
  await session.close({ graceMs: 20 });
  await rejected;
});

test('close leaves the worker running and its messages alone', async () => {
  const session = connectToStock();
  const { worker } = session;
  await session.remote.add(1, 1);
  await session.close();
  expect(worker.threadId).toBeGreaterThan(0);
  for (const event of ['message', 'messageerror', 'exit']) expect(worker.listenerCount(event)).toBe(0);
});

test('disposing a received remote releases its object at the other side', async () => {
  const { remote } = connectToStock();
  const released = await (remote as unknown as { released: Promise<Int32Array> }).released;
  const finalizing = remote as unknown as {
    finalized(): Promise<AsyncDisposable & { ping(): Promise<string> }>;
  };
  const object = await finalizing.finalized();
  expect(await object.ping()).toBe('pong');
  expect(released[0]).toBe(0);
  await object[Symbol.asyncDispose]();
  await expect.poll(() => Atomics.load(released, 0)).toBe(1);
  await expect(object.ping()).rejects.toMatchObject({ code: 'REFERENCE_RELEASED', delivery: 'not-sent' });
});

test('a reference in a reply that came too late is released', async () => {
  const session = connectToStock();
  const released = await (session.remote as unknown as { released: Promise<Int32Array> }).released;
  const controller = new AbortController();
  const late = session.with({ signal: controller.signal }) as unknown as { finalized(): Promise<unknown> };
  const call = late.finalized();
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  await expect.poll(() => Atomics.load(released, 0)).toBe(1);
  expect(session.stats.ignoredMessages).toBe(1);
});

test('a callback is called until the session ends, and its calls are answered no more then', async () => {
  let finish!: () => void;
  let called!: () => void;
  const wasCalled = new Promise<void>((resolve) => (called = resolve));
  const { remote } = wrapPortcall();
  const session = connectToStock();
  const call = session.remote.call(
    marked(() => {
      called();
      return new Promise<void>((resolve) => (finish = resolve));
    }),
    1,
  );
  await wasCalled;
  expect(session.stats).toMatchObject({ pendingCalls: 1, runningCalls: 1 });
  const closed = session.close();
  finish();
  await call;
  await closed;
  expect(session.stats).toMatchObject({ pendingCalls: 0, runningCalls: 0 });
  expect(await remote.add(1, 1)).toBe(2);
});

test('a server’s session ends when the port does', async () => {
  const { session, port, remote } = exposedTo<{ ping(): string }>({ ping: () => 'pong' });
  expect(await remote.ping()).toBe('pong');
  port.close();
  expect(await session.closed).toMatchObject({ code: 'CHANNEL_CLOSED' });
});

test('a server that is closing finishes what runs, and refuses the rest with a word', async () => {
  let finish!: (value: string) => void;
  const { session, remote } = exposedTo<{ later(): Promise<string> }>({
    later: () => new Promise<string>((resolve) => (finish = resolve)),
  });
  const call = remote.later();
  await expect.poll(() => finish).toBeDefined();
  const closed = session.close();
  await expect(remote.later()).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
  finish('done');
  expect(await call).toBe('done');
  await closed;
});

test('a session with nothing under way keeps no process alive', async () => {
  const script = fileURLToPath(new URL('../fixtures/comlink/lets-go.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(stdout).toBe('read\nexit 0\n');
});

test('only the port of a worker will do, and only a protocol is one', async () => {
  const invalid = expect.objectContaining({ code: 'INVALID_OPTION' }) as Error;
  expect(() => connect(process, { protocol: comlink })).toThrow(invalid);
  expect(() => connect({ readable: process.stdin, writable: process.stdout }, { protocol: comlink })).toThrow(
    invalid,
  );
  const { port1 } = new MessageChannel();
  expect(() => connect(port1, { protocol: 'comlink' as never })).toThrow(invalid);
  port1.close();
  // A process has no parent that speaks it.
  expect(() => exposeHere({}, { protocol: comlink })).toThrow(invalid);
});

/** A session over a port to a worker. */
async function overPort(): Promise<{
  readonly session: Session<{ ping(): string; never(): Promise<void> }>;
  readonly worker: Worker;
}> {
  const worker = startWorker('holding');
  const { port1, port2 } = new MessageChannel();
  const exposed = once(worker, 'message');
  worker.postMessage(port2, [port2]);
  await exposed;
  const session = connect<{ ping(): string; never(): Promise<void> }>(port1, { protocol: comlink });
  onTestFinished(() => session.close({ graceMs: 0 }));
  return { session, worker };
}
