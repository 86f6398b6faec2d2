import { RpcError } from '../../errors/rpc-error.ts';
import { Code, Stop, StreamKind } from '../../protocol/protocol.ts';
import { Tag } from '../../values/tags.ts';
import type { StreamFields, Tagged } from '../../values/values.ts';
import { Credit } from './credit.ts';
import { Inflow } from './inflow.ts';
import { Outflow } from './outflow.ts';
import { Pushflow } from './pushflow.ts';
import { RemoteGenerator } from './remote-generator.ts';
import { drainInto } from './sink.ts';
import type { StreamPort } from './stream-port.ts';
import { readableOver, writableOver, type PlatformStreams, type StreamValue } from './stream-values.ts';

type End = Outflow | Inflow | Pushflow;

/** A stream that was registered for a message. */
export interface SentStream {
  readonly tagged: Tagged;
  /** The ends of it at this side. */
  readonly outflow: Outflow | undefined;
  readonly ends: readonly (Outflow | Inflow)[];
  /** It is not sent after all. */
  undo(): void;
}

/** What has arrived as a stream. */
export interface ReceivedStream {
  readonly value: object;
  readonly inflow: Inflow | undefined;
}

// What a sink lets be written before it has been asked, beside the window of this side.
const firstItems = 16;

/**
 * The streams of a session. Each is numbered by the side that sent it, above 0 by that side and below by the other, so
 * that the negative of what a message says is the number here.
 */
export class Streams {
  readonly #port: StreamPort;
  readonly #most: number;
  readonly #platform: PlatformStreams | undefined;
  readonly #ends = new Map<number, End>();
  readonly #unheard = (error: unknown): void => this.#port.report(error);
  readonly #collected = new FinalizationRegistry<Inflow | Pushflow>((end) => end.abandon());
  #idle: (() => void)[] = [];
  #lastId = 0;
  // Of the ends, those that the other side has opened, whose numbers here are negative.
  #theirs = 0;

  constructor(port: StreamPort, most: number, platform: PlatformStreams | undefined) {
    this.#port = port;
    this.#most = most;
    this.#platform = platform;
  }

  /** What one stream may have on its way to this side. */
  get window(): StreamPort['window'] {
    return this.#port.window;
  }

  get size(): number {
    return this.#ends.size;
  }

  /**
   * Registers a stream that is being sent.
   *
   * @throws RpcError `OVERLOADED` where too many are open
   */
  send({ readable, writable }: StreamValue, whenEnded: (() => void) | undefined): SentStream {
    if (this.#ends.size - this.#theirs >= this.#most) {
      throw new RpcError(
        'OVERLOADED',
        `${this.#ends.size - this.#theirs} streams are open already (limits.streams); end some of them, or raise the limit`,
        { delivery: 'not-sent' },
      );
    }
    const out = readable === undefined ? undefined : ++this.#lastId;
    const stopHearing = readable?.hear?.();
    const outflow =
      out === undefined
        ? undefined
        : new Outflow(
            out,
            () => readable!.source(),
            this.#port,
            () => this.#over(out, whenEnded),
          );
    if (out !== undefined) this.#ends.set(out, outflow!);
    if (writable === undefined)
      return {
        tagged: [Tag.stream, out, readable!.kind],
        outflow,
        ends: [outflow!],
        undo: () => {
          stopHearing?.();
          this.#over(out!, undefined);
        },
      };

    const into = ++this.#lastId;
    const items = Math.min(firstItems, this.#port.window.items);
    const inflow = new Inflow(into, this.#port, () => this.#over(into, undefined), items);
    this.#ends.set(into, inflow);
    let undone = false;
    // Once the message is on its way: a sink is taken hold of only then.
    queueMicrotask(() => {
      if (!undone)
        void drainInto(
          inflow,
          () => writable.sink(),
          (error) => this.#port.report(error),
        );
    });
    const { bytes } = this.#port.window;
    return {
      tagged:
        out === undefined
          ? [Tag.stream, into, writable.kind, items, bytes]
          : [Tag.stream, out, duplexKind(readable!.kind), items, bytes, into],
      outflow,
      ends: outflow === undefined ? [inflow] : [outflow, inflow],
      undo: () => {
        undone = true;
        stopHearing?.();
        if (out !== undefined) this.#over(out, undefined);
        this.#over(into, undefined);
      },
    };
  }

  /** The end at this side of a stream that has arrived. */
  receive({ id, kind, items, bytes, sink }: StreamFields, whenEnded?: () => void): ReceivedStream {
    if (this.#theirs >= this.#most)
      throw new RpcError(
        'PROTOCOL_ERROR',
        'the other side has more streams open than are taken here (limits.streams)',
      );
    if (
      kind === StreamKind.writable ||
      kind === StreamKind.nodeWritable ||
      kind === StreamKind.nodeObjectWritable
    ) {
      const flow = this.#pushflow(id, new Credit(items, bytes));
      const value =
        this.#platform === undefined || kind === StreamKind.writable
          ? writableOver(flow)
          : this.#platform.writable(flow, kind === StreamKind.nodeObjectWritable, this.#unheard);
      this.#collected.register(value, flow, flow);
      return { value, inflow: undefined };
    }
    const key = this.#keyOf(id);
    const inflow = new Inflow(key, this.#port, () => this.#over(key, whenEnded));
    this.#ends.set(key, inflow);
    this.#theirs++;
    const generator = new RemoteGenerator(inflow);
    this.#collected.register(generator, inflow, inflow);
    return { value: this.#readable(generator, kind, sink, new Credit(items, bytes)), inflow };
  }

  /** A stream has come that nobody will use: its other end is told. */
  refuse({ id, kind, sink }: StreamFields): void {
    const writable =
      kind === StreamKind.writable ||
      kind === StreamKind.nodeWritable ||
      kind === StreamKind.nodeObjectWritable;
    const thrown = (key: number): string => `[${Code.fail},${key},null]`;
    if (writable) this.#port.post(this, thrown(-id));
    else this.#port.post(this, `[${Code.stop},${-id},${Stop.return}]`);
    if (sink !== undefined) this.#port.post(this, thrown(-sink));
  }

  /** What a message about a stream concerns; `undefined` where that is over. */
  find<T extends End>(id: unknown, kind: new (...args: never[]) => T): T | undefined {
    const end = typeof id === 'number' ? this.#ends.get(-id) : undefined;
    return end instanceof kind ? end : undefined;
  }

  /** The other side asks for items of a stream, or lets them be written. */
  producer(id: unknown): Outflow | Pushflow | undefined {
    const end = typeof id === 'number' ? this.#ends.get(-id) : undefined;
    return end instanceof Inflow ? undefined : end;
  }

  /** Streams that the other side reads, and what it writes, are ended. Fulfils once their producers are. */
  async close(reason: Error): Promise<void> {
    await Promise.all([...this.#ends.values()].map(async (end) => end.break(reason)));
    await new Promise<void>((resolve) => {
      if (this.#ends.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  /** The session is over: whoever reads or writes is told, and generators run their `finally`. */
  end(reason: () => Error): void {
    for (const end of this.#ends.values()) {
      if (end instanceof Outflow) void end.abandon();
      else if (end instanceof Inflow) end.fail(reason());
      else end.break(reason());
    }
    for (const end of this.#ends.values()) this.#collected.unregister(end);
    this.#ends.clear();
    this.#theirs = 0;
  }

  #readable(generator: RemoteGenerator, kind: number, sink: number | undefined, credit: Credit): object {
    const platform = this.#platform;
    switch (kind) {
      case StreamKind.readable:
        return readableOver(generator);
      case StreamKind.nodeReadable:
      case StreamKind.nodeObjects:
        return platform === undefined
          ? readableOver(generator)
          : platform.readable(generator, kind === StreamKind.nodeObjects, this.#unheard);
      case StreamKind.nodeDuplex:
      case StreamKind.nodeObjectDuplex: {
        const flow = this.#pushflow(sink ?? 0, credit);
        const value =
          platform === undefined
            ? { readable: readableOver(generator), writable: writableOver(flow) }
            : platform.duplex(generator, flow, kind === StreamKind.nodeObjectDuplex, this.#unheard);
        this.#collected.register(value, flow, flow);
        return value;
      }
      default:
        return generator;
    }
  }

  #pushflow(id: number, credit: Credit): Pushflow {
    const key = this.#keyOf(id);
    const flow = new Pushflow(key, this.#port, () => this.#over(key, undefined), credit);
    this.#ends.set(key, flow);
    this.#theirs++;
    return flow;
  }

  #keyOf(id: number): number {
    if (id <= 0 || this.#ends.has(-id))
      throw new RpcError('PROTOCOL_ERROR', `the other side sent stream ${id}, which it cannot have`);
    return -id;
  }

  #over(key: number, whenEnded: (() => void) | undefined): void {
    const end = this.#ends.get(key);
    if (end === undefined) return;
    this.#ends.delete(key);
    if (key < 0) this.#theirs--;
    this.#collected.unregister(end);
    whenEnded?.();
    if (this.#ends.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

function duplexKind(readable: number): number {
  return readable === StreamKind.nodeObjects ? StreamKind.nodeObjectDuplex : StreamKind.nodeDuplex;
}
