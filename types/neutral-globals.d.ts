/**
 * The globals that the runtime-neutral layers may use: those that Node, browsers, Deno and Bun all have.
 * Only `tsconfig.neutral.json` includes this file. It is kept small on purpose: add a member when a layer
 * needs it and every runtime has it, with the type that is true in all of them.
 *
 * `console`, `process` and `Buffer` are missing because a library must not print, and must not guess where it runs.
 */

// Events and cancellation

interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

interface Event {
  readonly type: string;
  readonly target: EventTarget | null;
  readonly defaultPrevented: boolean;
  preventDefault(): void;
}
declare var Event: { prototype: Event; new (type: string, init?: EventInit): Event };

interface MessageEvent<Data = unknown> extends Event {
  readonly data: Data;
}

interface EventListenerOptions {
  once?: boolean;
  signal?: AbortSignal;
}

interface EventTarget {
  addEventListener(type: string, listener: (event: Event) => void, options?: EventListenerOptions): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
  dispatchEvent(event: Event): boolean;
}
declare var EventTarget: { prototype: EventTarget; new (): EventTarget };

interface AbortSignal extends EventTarget {
  readonly aborted: boolean;
  // The platforms say `any`. `unknown` is what it is.
  readonly reason: unknown;
  throwIfAborted(): void;
}
declare var AbortSignal: {
  prototype: AbortSignal;
  new (): AbortSignal;
  abort(reason?: unknown): AbortSignal;
  any(signals: AbortSignal[]): AbortSignal;
  timeout(delayMs: number): AbortSignal;
};

interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}
declare var AbortController: { prototype: AbortController; new (): AbortController };

interface DOMException extends Error {
  readonly code: number;
}
declare var DOMException: {
  prototype: DOMException;
  new (message?: string, nameOrOptions?: string | { name?: string; cause?: unknown }): DOMException;
};

// Time and scheduling

/** An object in Node, a number elsewhere: good for clearing and for nothing else. */
declare const timerBrand: unique symbol;
interface NeutralTimer {
  readonly [timerBrand]: true;
}
declare function setTimeout<Arguments extends unknown[]>(
  callback: (...args: Arguments) => void,
  delayMs?: number,
  ...args: Arguments
): NeutralTimer;
declare function clearTimeout(timer: NeutralTimer | undefined): void;
declare function queueMicrotask(callback: () => void): void;
declare var performance: { now(): number; readonly timeOrigin: number };

// Data

interface URL {
  readonly href: string;
  readonly protocol: string;
  readonly pathname: string;
  toString(): string;
  toJSON(): string;
}
declare var URL: { prototype: URL; new (url: string | URL, base?: string | URL): URL };

interface TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}
declare var TextEncoder: { prototype: TextEncoder; new (): TextEncoder };

interface TextDecoder {
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare var TextDecoder: {
  prototype: TextDecoder;
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};

declare function structuredClone<Value>(
  value: Value,
  options?: { transfer?: (ArrayBuffer | MessagePort)[] },
): Value;

// Ports

interface MessagePort extends EventTarget {
  postMessage(message: unknown, transfer?: readonly (ArrayBuffer | MessagePort)[]): void;
  start(): void;
  close(): void;
}
declare var MessagePort: { prototype: MessagePort; new (): MessagePort };
declare var MessageChannel: { new (): { readonly port1: MessagePort; readonly port2: MessagePort } };

// Streams

interface ReadableStreamReadResult<Chunk> {
  done: boolean;
  value?: Chunk | undefined;
}

interface ReadableStreamDefaultReader<Chunk = unknown> {
  readonly closed: Promise<undefined | void>;
  read(): Promise<ReadableStreamReadResult<Chunk>>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

interface ReadableStreamDefaultController<Chunk = unknown> {
  readonly desiredSize: number | null;
  enqueue(chunk: Chunk): void;
  close(): void;
  error(reason?: unknown): void;
}

interface UnderlyingSource<Chunk = unknown> {
  start?(controller: ReadableStreamDefaultController<Chunk>): unknown;
  pull?(controller: ReadableStreamDefaultController<Chunk>): void | PromiseLike<void>;
  cancel?(reason?: unknown): void | PromiseLike<void>;
}

interface QueuingStrategy<Chunk = unknown> {
  highWaterMark?: number;
  size?(chunk: Chunk): number;
}

// Not an async iterable here: some browsers still lack that.
interface ReadableStream<Chunk = unknown> {
  readonly locked: boolean;
  cancel(reason?: unknown): Promise<void>;
  getReader(): ReadableStreamDefaultReader<Chunk>;
}
declare var ReadableStream: {
  prototype: ReadableStream;
  new <Chunk = unknown>(
    source?: UnderlyingSource<Chunk>,
    strategy?: QueuingStrategy<Chunk>,
  ): ReadableStream<Chunk>;
};

interface WritableStreamDefaultWriter<Chunk = unknown> {
  readonly closed: Promise<undefined | void>;
  readonly ready: Promise<undefined | void>;
  readonly desiredSize: number | null;
  write(chunk: Chunk): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  releaseLock(): void;
}

interface WritableStreamDefaultController {
  readonly signal: AbortSignal;
  error(reason?: unknown): void;
}

interface UnderlyingSink<Chunk = unknown> {
  start?(controller: WritableStreamDefaultController): unknown;
  write?(chunk: Chunk, controller: WritableStreamDefaultController): void | PromiseLike<void>;
  close?(): void | PromiseLike<void>;
  abort?(reason?: unknown): void | PromiseLike<void>;
}

interface WritableStream<Chunk = unknown> {
  readonly locked: boolean;
  abort(reason?: unknown): Promise<void>;
  close(): Promise<void>;
  getWriter(): WritableStreamDefaultWriter<Chunk>;
}
declare var WritableStream: {
  prototype: WritableStream;
  new <Chunk = unknown>(
    sink?: UnderlyingSink<Chunk>,
    strategy?: QueuingStrategy<Chunk>,
  ): WritableStream<Chunk>;
};
