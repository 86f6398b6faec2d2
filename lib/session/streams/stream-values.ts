import { StreamKind } from '../../protocol/protocol.ts';
import { Unsendable } from '../../values/unsendable.ts';
import type { ItemSource } from './outflow.ts';
import type { Pushflow } from './pushflow.ts';
import type { RemoteGenerator } from './remote-generator.ts';
import type { Sink } from './sink.ts';

/** What can be read from. */
export interface ReadableValue {
  readonly kind: number;
  source(): ItemSource;
  /** Hears of its failures from now on, which may come before anybody reads. Returns how to stop that. */
  hear?(): () => void;
}

/** What a value is that can be streamed; a duplex has both. */
export interface StreamValue {
  readonly readable?: ReadableValue | undefined;
  readonly writable?: { readonly kind: number; sink(): Sink } | undefined;
}

/**
 * Streams that belong to one runtime, such as Node's. Each that is made for the other side's tells of a failure that
 * nobody listens for, which must not end the program.
 */
export interface PlatformStreams {
  /** What a value is; `undefined` where it is none of them. */
  streamValue(value: object): StreamValue | undefined;
  /** A stream to read from, over what arrives. */
  readable(items: RemoteGenerator, objects: boolean, unheard: (error: unknown) => void): object;
  /** A stream to write to. */
  writable(flow: Pushflow, objects: boolean, unheard: (error: unknown) => void): object;
  duplex(items: RemoteGenerator, flow: Pushflow, objects: boolean, unheard: (error: unknown) => void): object;
}

/** What a value is, in terms every runtime has; `undefined` for one that is no stream. */
export function streamValue(value: object): StreamValue | undefined {
  if (typeof ReadableStream === 'function' && value instanceof ReadableStream) {
    if (value.locked) throw locked('a ReadableStream');
    return { readable: { kind: StreamKind.readable, source: () => readableSource(value) } };
  }
  if (typeof WritableStream === 'function' && value instanceof WritableStream) {
    if (value.locked) throw locked('a WritableStream');
    return { writable: { kind: StreamKind.writable, sink: () => writableSink(value) } };
  }
  const make = iteration(value);
  return make === undefined ? undefined : { readable: { kind: StreamKind.generator, source: make } };
}

/** How a value is iterated, where it is not data that goes by value. */
function iteration(value: object): (() => ItemSource) | undefined {
  const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = value as {
    readonly [Symbol.asyncIterator]?: unknown;
    readonly [Symbol.iterator]?: unknown;
  };
  if (typeof asynchronous === 'function') return () => Reflect.apply(asynchronous, value, []) as ItemSource;
  if (typeof synchronous !== 'function' || isCollection(value)) return undefined;
  return () => Reflect.apply(synchronous, value, []) as ItemSource;
}

/** Collections are there as a whole: those that are no plain data, such as subclasses, are not turned into streams. */
function isCollection(value: object): boolean {
  return Array.isArray(value) || collections.has(Object.prototype.toString.call(value));
}

const collections: ReadonlySet<string> = new Set(['[object Map]', '[object Set]', '[object String]']);

function locked(what: string): Unsendable {
  return new Unsendable(`${what} that is locked`, 'pass it on before anybody reads or writes it');
}

/** Items of a ReadableStream, which its own iterator would lock for good. */
function readableSource(stream: ReadableStream): ItemSource {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    return: async (value) => {
      await reader.cancel(value);
      return { done: true, value };
    },
    throw: async (reason) => {
      await reader.cancel(reason);
      throw reason;
    },
  };
}

function writableSink(stream: WritableStream): Sink {
  const writer = stream.getWriter();
  return {
    write: async (value) => {
      await writer.ready;
      // Failures show at the next write, at the close, and in `closed`.
      writer.write(value).catch(() => {});
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
    onFailure: (failed) => {
      writer.closed.catch(failed);
    },
  };
}

/** A ReadableStream over what arrives. */
export function readableOver(items: RemoteGenerator): ReadableStream {
  let started = false;
  return new ReadableStream(
    {
      async pull(controller) {
        // Read ahead from the first read on, not before anybody reads.
        if (!started) items[Symbol.asyncIterator]();
        started = true;
        const step = await items.next();
        if (step.done === true) controller.close();
        else controller.enqueue(step.value);
      },
      async cancel(reason) {
        if (reason === undefined) await items.return();
        else await items.throw(reason).catch((error: unknown) => ignoreOwn(error, reason));
      },
    },
    { highWaterMark: 0 },
  );
}

/** Cancelling with a reason brings it back, often as a copy: that is no failure. */
function ignoreOwn(error: unknown, reason: unknown): void {
  if (error === reason) return;
  if (error instanceof Error && reason instanceof Error && error.message === reason.message) return;
  if (typeof error !== 'object' && Object.is(error, reason)) return;
  throw error;
}

/** A WritableStream whose chunks go to the other side. */
export function writableOver(flow: Pushflow): WritableStream {
  return new WritableStream(
    {
      start(controller) {
        // Held weakly: the flow is kept by the session, and would keep a stream that nobody writes to any more.
        const weakly = new WeakRef(controller);
        flow.closed.catch((reason: unknown) => weakly.deref()?.error(reason));
      },
      write: (value) => flow.write(value),
      close: () => flow.close(),
      abort: (reason) => flow.abort(reason),
    },
    { highWaterMark: 1 },
  );
}
