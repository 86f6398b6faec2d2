import { Duplex, Readable, Writable, type WritableOptions } from 'node:stream';

import { StreamKind } from '../protocol/protocol.ts';
import type { ItemSource } from '../session/streams/outflow.ts';
import type { Pushflow } from '../session/streams/pushflow.ts';
import type { Sink } from '../session/streams/sink.ts';
import type { PlatformStreams, ReadableValue, StreamValue } from '../session/streams/stream-values.ts';

/** Node's own streams, which cross as such. */
export const nodeStreams: PlatformStreams = {
  streamValue(value) {
    if (value instanceof Duplex)
      return {
        readable: { ...readableOf(value, value.readableObjectMode), source: () => halfOf(value) },
        writable: writableOf(value),
      };
    if (value instanceof Readable) return { readable: readableOf(value, value.readableObjectMode) };
    return value instanceof Writable ? { writable: writableOf(value) } : undefined;
  },
  readable: (items, objects, unheard) => heard(Readable.from(items, { objectMode: objects }), unheard),
  writable: (flow, objects, unheard) =>
    heard(new Writable({ objectMode: objects, ...writing(flow) }), unheard),
  duplex(items, flow, objects, unheard) {
    let reading: AsyncGenerator | undefined;
    const duplex = new Duplex({
      objectMode: objects,
      read() {
        reading ??= items[Symbol.asyncIterator]();
        void pushNext(this, reading);
      },
      ...writing(flow, () => items.return()),
    });
    return heard(duplex, unheard);
  },
};

/** Without a listener of its own a failure of the other side's would end this program. */
function heard<T extends Readable | Writable>(stream: T, unheard: (error: unknown) => void): T {
  stream.on('error', (error: unknown) => {
    if (stream.listenerCount('error') === 1) unheard(error);
  });
  return stream;
}

function readableOf(stream: Readable, objects: boolean): ReadableValue {
  // Text that was decoded already cannot be told from other objects at the far end, where it stays text.
  const kind = objects || stream.readableEncoding !== null ? StreamKind.nodeObjects : StreamKind.nodeReadable;
  return { kind, source: () => wholeOf(stream), hear: () => hear(stream) };
}

/** Whoever reads it is told of a failure; one that comes before that would end this program. */
function hear(stream: Readable): () => void {
  const heardOf = (): void => {};
  stream.on('error', heardOf);
  return () => stream.off('error', heardOf);
}

/** A stream that is gone with its reading. */
function wholeOf(stream: Readable): ItemSource {
  const items = stream[Symbol.asyncIterator]() as AsyncIterator<unknown, unknown>;
  let begun = false;
  return {
    next: () => {
      begun = true;
      return items.next();
    },
    return: async (value) => {
      // An iterator that has not begun leaves the stream as it is.
      if (!begun) stream.destroy();
      await items.return?.();
      return { done: true, value };
    },
  };
}

/** The reading half of a Duplex, whose end leaves the writing half as it is. */
function halfOf(stream: Duplex): ItemSource {
  const items = stream.iterator({ destroyOnReturn: false });
  return {
    next: () => items.next() as Promise<IteratorResult<unknown, unknown>>,
    return: async (value) => {
      stream.destroy();
      await items.return?.();
      return { done: true, value };
    },
  };
}

function writableOf(stream: Writable): NonNullable<StreamValue['writable']> {
  const kind = stream.writableObjectMode ? StreamKind.nodeObjectWritable : StreamKind.nodeWritable;
  return { kind, sink: () => sinkOf(stream) };
}

function sinkOf(stream: Writable): Sink {
  return {
    write: (chunk) =>
      new Promise((resolve, reject) => {
        // Its failure has been heard of already; nothing is written to one that is gone.
        if (stream.destroyed) return reject(stream.errored ?? new Error('the stream was destroyed'));
        if (stream.write(chunk)) return resolve();
        stream.once('drain', resolve);
      }),
    close: () =>
      new Promise((resolve, reject) => {
        stream.end((error?: Error | null) => (error ? reject(error) : resolve()));
      }),
    abort: (reason) => {
      stream.destroy(asError(reason));
    },
    onFailure: (failed) => {
      stream.once('error', failed);
      stream.once('close', () => {
        if (!stream.writableFinished)
          failed(stream.errored ?? new Error('the stream was closed before its end'));
      });
    },
  };
}

type WritingHalf = Pick<WritableOptions, 'construct' | 'write' | 'final' | 'destroy'>;

/** The writing half of a stream whose chunks go to the other side. */
function writing(flow: Pushflow, stopReading?: () => Promise<unknown>): WritingHalf {
  return {
    construct(this: Writable, done) {
      // Held weakly: the flow is kept by the session, and would keep a stream that nobody writes to any more.
      const weakly = new WeakRef(this);
      flow.closed.catch((reason: unknown) => weakly.deref()?.destroy(asError(reason)));
      done();
    },
    write: (chunk: unknown, _encoding, done) => void finish(flow.write(chunk), done),
    final: (done) => void finish(flow.close(), done),
    destroy(error, done) {
      flow.abort(error ?? new DOMException('the stream was destroyed', 'AbortError'));
      void finish(
        (stopReading?.() ?? Promise.resolve()).then(() => {
          if (error !== null) throw error;
        }),
        done,
      );
    },
  };
}

/** Tells a stream of Node's what became of what it has asked for. */
async function finish(work: Promise<unknown>, done: (error?: Error | null) => void): Promise<void> {
  let failure: Error | null = null;
  try {
    await work;
  } catch (reason) {
    failure = asError(reason);
  }
  done(failure);
}

async function pushNext(stream: Duplex, items: AsyncGenerator): Promise<void> {
  try {
    const step = await items.next();
    stream.push(step.done === true ? null : step.value);
  } catch (reason) {
    stream.destroy(asError(reason));
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the stream was ended', { cause: reason });
}
