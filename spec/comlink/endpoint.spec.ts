import * as comlink from 'comlink';
import { once } from 'node:events';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { connect, fork, worker, type Child } from 'portcall';
import { endpoint, comlink as protocol, type ComlinkEndpoint } from 'portcall/comlink';
import { memoryChannels } from 'portcall/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { duplexPair } from '../calls/every-channel.ts';
import { api, Counter } from '../fixtures/comlink/api.js';
import { marked } from './stock.ts';

const url = new URL('../fixtures/comlink/endpoint-child.js', import.meta.url);

interface Offered {
  add(a: number, b: number): number;
  askParent(a: number, b: number): number;
  echo<T>(value: T): T;
  fails(value: unknown): never;
  failsOddly(): Promise<never>;
  call<T>(callback: (value: T) => unknown, value: T): unknown;
  twice(bytes: Uint8Array): Uint8Array;
  counter(start: number): Counter & comlink.ProxyMarked;
  point(): { x: number };
  keep(callback: (value: unknown) => unknown): void;
  callKept(): unknown;
  never(): Promise<never>;
  exit(code: number): void;
  endEndpoint(): void;
  readonly VERSION: string;
  readonly settings: { depth: { value: number } };
  readonly Counter: typeof Counter;
}

type Wrapped = comlink.Remote<Offered>;

/** Comlink at both ends of a channel of Portcall's. */
const launched = {
  'fork over a pipe': () => fork(url),
  'fork over ipc': () => fork(url, { channel: 'ipc' }),
  'fork over stdio': () => fork(url, { channel: 'stdio' }),
  'a worker': () => worker(url),
} as const;

const joined = {
  'a MessagePort': () => {
    const { port1, port2 } = new MessageChannel();
    return [port1, port2] as const;
  },
  streams: duplexPair,
  memory: memoryChannels,
} as const;

function startChild(name: keyof typeof launched): {
  there: Wrapped;
  here: ComlinkEndpoint;
  close(): unknown;
} {
  const child = launched[name]();
  onTestFinished(() => child.close());
  const here = endpoint(child);
  comlink.expose({ add: (a: number, b: number) => a + b + 1000 }, here);
  return { there: comlink.wrap<Offered>(here), here, close: () => child.close() };
}

function join(name: keyof typeof joined): { there: Wrapped; here: ComlinkEndpoint; close(): unknown } {
  const [near, far] = joined[name]();
  const here = endpoint(near);
  const there = endpoint(far);
  const parent = comlink.wrap<Offered>(there);
  const kept: ((value: unknown) => unknown)[] = [];
  comlink.expose({ add: (a: number, b: number) => a + b + 1000 }, here);
  comlink.expose(
    {
      ...api,
      askParent: (a: number, b: number) => parent.add(a, b),
      counter: (start: number) => marked(new Counter(start)),
      point: () =>
        new (class Point {
          x = 1;
        })(),
      twice: (bytes: Uint8Array) => {
        const both = new Uint8Array([...bytes, ...bytes]);
        return comlink.transfer(both, [both.buffer]);
      },
      keep: (callback: (value: unknown) => unknown) => void kept.push(callback),
      callKept: () => kept.at(-1)?.('later'),
      endEndpoint: () => void setImmediate(() => there.close()),
    },
    there,
  );
  onTestFinished(() => here.close());
  return { there: comlink.wrap<Offered>(here), here, close: () => here.close() };
}

const both = [
  ...Object.keys(launched).map((name) => [name, () => startChild(name as keyof typeof launched)] as const),
  ...Object.keys(joined).map((name) => [name, () => join(name as keyof typeof joined)] as const),
];

describe.each(both)('Comlink over %s', (_, start) => {
  test('calls, reads, sets and makes instances', async () => {
    const { there } = start();
    expect(await there.add(2, 3)).toBe(5);
    expect(await there.VERSION).toBe('1.0');
    const { depth } = there.settings as unknown as {
      depth: { value: number | Promise<number> };
    };
    depth.value = 2;
    expect(await Promise.resolve(depth.value)).toBe(2);
    const counter = await new there.Counter(10);
    expect(await counter.increment(5)).toBe(15);
    expect(await counter.value).toBe(15);
  });

  test('goes both ways through one endpoint', async () => {
    const { there } = start();
    expect(await there.askParent(1, 2)).toBe(1003);
  });

  test('carries values, exactly', async () => {
    const { there } = start();
    const value = { at: new Date(0), map: new Map([[1, new Set(['a'])]]), big: 2n, no: undefined, zero: -0 };
    expect(await there.echo(value)).toEqual(value);
    expect(await there.point()).toEqual({ x: 1 });
  });

  test('throws what is thrown', async () => {
    const { there } = start();
    await expect(there.fails(7)).rejects.toBe(7);
    await expect(there.failsOddly()).rejects.toMatchObject({ name: 'Odd', message: 'odd' });
  });

  test('proxies callbacks, results, and callbacks that are kept', async () => {
    const { there } = start();
    expect(await there.call(comlink.proxy((value: number) => value * 2) as never, 21)).toBe(42);
    const counter = await there.counter(1);
    expect(await counter.increment()).toBe(2);
    const seen: unknown[] = [];
    const each = comlink.proxy((value: number) => void seen.push(value));
    await counter.onEach(3, each);
    expect(seen).toEqual([3, 4, 5]);
    await there.keep(comlink.proxy((value: unknown) => `heard ${String(value)}`));
    expect(await there.callKept()).toBe('heard later');
  });

  test('transfers memory, both ways', async () => {
    const { there } = start();
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await there.twice(comlink.transfer(bytes, [bytes.buffer]))).toEqual(
      new Uint8Array([1, 2, 3, 1, 2, 3]),
    );
  });

  test('makes further endpoints, and releases', async () => {
    const { there } = start();
    const port = (await there[comlink.createEndpoint]()) as unknown as MessagePort;
    const again = comlink.wrap<Offered>(port);
    expect(await again.add(1, 1)).toBe(2);
    const closed = once(port, 'close');
    again[comlink.releaseProxy]();
    await closed;
    const counter = await there.counter(1);
    counter[comlink.releaseProxy]();
    expect(() => counter.value).toThrow('released');
    expect(await there.add(1, 2)).toBe(3);
  });

  test('tells who waits when the other side closes its endpoint', async () => {
    const { there, here } = start();
    const waiting = there.never();
    const heard = vi.fn();
    here.addEventListener('close', heard);
    await there.endEndpoint();
    await expect(waiting).rejects.toThrow(/closed|ended/);
    await here.closed;
    expect(heard).toHaveBeenCalledOnce();
    await expect(there.add(1, 2)).rejects.toThrow(/closed|ended/);
  });

  test('tells who waits when this side closes it', async () => {
    const { there, here } = start();
    await there.add(1, 2);
    const waiting = there.never();
    here.close();
    await expect(waiting).rejects.toThrow(/closed|ended/);
  });
});

describe.each(Object.keys(launched) as (keyof typeof launched)[])('a child, %s', (name) => {
  test('that dies leaves no call waiting, through no port', async () => {
    const { there, here } = startChild(name);
    const counter = await there.counter(1);
    const waiting = expect(there.never()).rejects.toMatchObject({ code: 'CHILD_EXITED' });
    const each = counter.onEach(
      1,
      comlink.proxy(() => new Promise(() => {})),
    );
    const other = expect(each).rejects.toThrow(
      name === 'a worker' ? 'the other end of the port is gone' : /exited/,
    );
    there.exit(3).catch(() => {});
    await Promise.all([waiting, other]);
    await expect(counter.value).rejects.toThrow('the other end of the port is gone');
    expect(await here.closed).toMatchObject({ code: 'CHILD_EXITED' });
  });

  test('goes on beside it', async () => {
    const child: Child<{ plain(): string }> = launched[name]() as never;
    const there = comlink.wrap<Offered>(endpoint(child));
    expect(await Promise.all([child.remote.plain(), there.add(1, 2)])).toEqual(['exported', 3]);
    await child.close();
  });
});

test('a child that is started again has a new endpoint', async () => {
  const child = fork(url, { restart: {} });
  onTestFinished(() => child.close());
  const first = endpoint(child);
  const there = comlink.wrap<Offered>(first);
  await expect(there.exit(3)).rejects.toMatchObject({ code: 'CHILD_EXITED' });
  await first.closed;
  await expect.poll(() => child.restarts).toBe(1);
  expect(await comlink.wrap<Offered>(endpoint(child)).add(2, 3)).toBe(5);
});

test('messages wait until the other side makes its endpoint', async () => {
  const [near, far] = memoryChannels();
  const there = comlink.wrap<Offered>(endpoint(near));
  const sum = there.add(2, 3);
  const session = connect(far, { expose: {} });
  await session.ready;
  await new Promise((resolve) => setTimeout(resolve, 10));
  comlink.expose({ add: (a: number, b: number) => a + b }, endpoint(session));
  expect(await sum).toBe(5);
  await session.close();
});

test('a parent whose child is asked for something stays alive, and ends afterwards', async () => {
  const script = new Worker(new URL('../fixtures/comlink/endpoint-parent.js', import.meta.url), {
    stdout: true,
  });
  const said: string[] = [];
  script.stdout.on('data', (text: Buffer) => said.push(text.toString()));
  const [code] = (await once(script, 'exit')) as [number];
  expect([code, said.join('')]).toEqual([0, '5\n']);
});

test('what has no port of its own is refused', () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port2.close());
  const session = connect(port1, { protocol });
  expect(() => endpoint(session)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  expect(() => endpoint(7 as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  expect(() => endpoint({})).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
