import type { Call, CallKind, Handler } from '../call/call.ts';
import { target as targetOf } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { compose } from '../middleware/compose.ts';
import type { Middleware } from '../middleware/middleware.ts';
import { fits, frameSize, utf8Length } from '../protocol/frame-size.ts';
import type { Limits } from '../protocol/limits.ts';
import { Code, maxNumberedNames, type Extras, type Message } from '../protocol/protocol.ts';
import { calledByPortcall } from '../shared/own-frames.ts';
import { afterThisTick } from '../shared/scheduler.ts';
import type { Codec, Encoded } from '../values/values.ts';
import { arrivedValue, valueFields } from './arrived.ts';
import { IncomingSignals, noIncomingSignals, noSignals } from './incoming-signals.ts';
import type { Outbox } from './outbox.ts';
import { refusalText } from './refusals.ts';
import { Router, type Route } from './router.ts';
import type { Exposed } from './session-options.ts';

/** A call of the other side that has not ended yet. */
interface Running {
  readonly id: number;
  /** The AbortSignals it has brought along. */
  signals: IncomingSignals | undefined;
  cancelled: boolean;
  /** Called when it has ended. */
  over: (() => void)[] | undefined;
}

/** What a responder needs of its session. */
export interface ResponderSettings {
  readonly limits: Limits;
  readonly middleware: readonly Middleware[];
  readonly onError: (error: unknown) => void;
}

/** The half of a session that takes calls. */
export class Responder {
  readonly #outbox: Outbox;
  readonly #codec: Codec;
  readonly #settings: ResponderSettings;
  readonly #handler: Handler | undefined;
  readonly #running = new Map<number, Running>();
  // Which call brought along the signal of this number.
  readonly #signals = new Map<number, Running>();
  // Paths by the number that the other side has given them, and where they lead; an error for nowhere.
  readonly #paths: (readonly string[])[] = [];
  #numbered: (Route | RpcError)[] = [];
  #router = new Router({}, 'what this side exposes, which is nothing');
  #largestMessage = Infinity;
  #lastId = 0;
  #ignored = 0;
  #refusal: RpcError | undefined;
  #idle: (() => void)[] = [];

  constructor(outbox: Outbox, codec: Codec, settings: ResponderSettings) {
    this.#outbox = outbox;
    this.#codec = codec;
    this.#settings = settings;
    // Without middleware a call goes straight to its function, and nothing is made to describe it.
    if (settings.middleware.length > 0)
      this.#handler = compose(settings.middleware, (call) => this.#invokeCall(call));
  }

  /** The names the other side can call. */
  get names(): readonly string[] {
    return this.#router.names;
  }

  get runningCalls(): number {
    return this.#running.size;
  }

  /** Calls that had come before under the same id, and cancellations of calls that are over. */
  get ignoredMessages(): number {
    return this.#ignored;
  }

  /** Sets what can be called. Names that were numbered before lead to the new object from now on. */
  expose({ api, what }: Exposed): void {
    this.#router = new Router(api, what);
    this.#numbered = this.#paths.map((path) => this.#find(path));
  }

  /** The other side has said how large a message may be. */
  limitMessages(bytes: number): void {
    this.#largestMessage = bytes;
  }

  /** Takes no further calls. */
  refuse(error: RpcError): void {
    this.#refusal ??= error;
  }

  /** The other side gives a target a number. */
  named([, number, path]: Message): void {
    if (number !== this.#numbered.length || this.#numbered.length >= maxNumberedNames || !isPath(path)) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side numbered a name out of order: ${JSON.stringify([number, path])}`,
      );
    }
    this.#paths.push(path);
    this.#numbered.push(this.#find(path));
  }

  /** A call of the other side. */
  called(message: Message, attachments: readonly Uint8Array[]): void {
    const [code, signedId] = message;
    if (typeof signedId !== 'number' || !Number.isSafeInteger(signedId) || signedId === 0) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side made a call with the id ${JSON.stringify(signedId)}`,
      );
    }
    const id = Math.abs(signedId);
    // Ids only grow: one that does not is a message that came twice, and nothing is executed twice.
    if (id <= this.#lastId) {
      this.#ignored++;
      return;
    }
    this.#lastId = id;
    const running: Running = { id: signedId, signals: undefined, cancelled: false, over: undefined };
    let invoke: () => unknown;
    try {
      invoke = this.#prepared(code === Code.get ? 'get' : 'call', message, attachments, running);
    } catch (error) {
      // An export that is not initialised yet throws when it is read.
      if (error instanceof RpcError) this.#refuse(running, error);
      else this.#failed(running, error);
      return;
    }
    this.#start(running, invoke);
  }

  /** The caller no longer waits. */
  cancelled(message: Message, attachments: readonly Uint8Array[]): void {
    const running = this.#running.get(message[1] as number);
    if (running === undefined) {
      this.#ignored++;
      return;
    }
    running.cancelled = true;
    running.signals?.abortAll(this.#reason(message, attachments, 'the caller cancelled the call'));
  }

  /** Calls back once a call of the other side has ended: at once, where it has or never was. */
  onceOver(id: number, over: () => void): void {
    const running = this.#running.get(id);
    if (running === undefined) over();
    else (running.over ??= []).push(over);
  }

  /** A signal among the arguments of a call has aborted. */
  aborted(message: Message, attachments: readonly Uint8Array[]): void {
    const id = message[1] as number;
    const running = this.#signals.get(id);
    if (running === undefined) {
      this.#ignored++;
      return;
    }
    running.signals?.abort(id, this.#reason(message, attachments, 'the caller aborted the signal'));
  }

  /** The other side is gone: what still runs for it is told so. */
  end(reason: RpcError): void {
    for (const running of this.#running.values()) {
      running.cancelled = true;
      running.signals?.abortAll(reason);
    }
  }

  /** Fulfils once nothing runs any more. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  /**
   * Everything that can be said against a call before its function runs. What is thrown here is Portcall's own answer;
   * what the returned function throws is the user's.
   */
  #prepared(
    kind: CallKind,
    message: Message,
    attachments: readonly Uint8Array[],
    running: Running,
  ): () => unknown {
    if (this.#refusal !== undefined) throw this.#refusal;
    const { runningCalls } = this.#settings.limits;
    if (this.#running.size >= runningCalls) {
      throw new RpcError(
        'OVERLOADED',
        `${this.#running.size} calls are running at the other side already (its limits.runningCalls); make it again later`,
        { delivery: 'not-sent' },
      );
    }
    const route = this.#route(message[2]);
    const args = kind === 'call' ? this.#arguments(message, attachments, running) : noArguments;
    if (this.#handler !== undefined) {
      const call = served(kind, route, args, message[kind === 'call' ? 6 : 3]);
      return () => this.#handler?.(call);
    }
    if (kind === 'get') return () => route.owner[route.key];
    const method = this.#router.method(route);
    return () => calledByPortcall(method, route.owner, args);
  }

  #route(target: unknown): Route {
    const route =
      typeof target === 'number' ? this.#numbered[target] : isPath(target) ? this.#find(target) : undefined;
    if (route === undefined)
      throw new RpcError('PROTOCOL_ERROR', `there is no target ${JSON.stringify(target)}`);
    if (route instanceof RpcError) throw route;
    return route;
  }

  #find(path: readonly string[]): Route | RpcError {
    try {
      return this.#router.route(path);
    } catch (error) {
      return error as RpcError;
    }
  }

  #arguments(message: Message, attachments: readonly Uint8Array[], running: Running): readonly unknown[] {
    // Plain arguments are what JSON.parse has made of them.
    if (message.length === 4 && Array.isArray(message[3])) return message[3];
    const arrived = arrivedValue(message, attachments);
    const args =
      arrived === undefined
        ? undefined
        : this.#codec.decode(arrived, (running.signals = new IncomingSignals()));
    if (!Array.isArray(args))
      throw new RpcError('PROTOCOL_ERROR', 'the call came without a list of arguments');
    return args;
  }

  #reason(message: Message, attachments: readonly Uint8Array[], otherwise: string): unknown {
    const arrived = arrivedValue(message, attachments);
    return arrived === undefined
      ? new DOMException(otherwise, 'AbortError')
      : this.#codec.decode(arrived, noIncomingSignals);
  }

  #start(running: Running, invoke: () => unknown): void {
    let result: unknown;
    let thenable: boolean;
    try {
      result = invoke();
      thenable = isThenable(result);
    } catch (error) {
      this.#failed(running, error);
      return;
    }
    if (thenable) this.#runs(running, result as PromiseLike<unknown>);
    else this.#succeeded(running, result);
  }

  #runs(running: Running, result: PromiseLike<unknown>): void {
    this.#running.set(running.id, running);
    for (const id of running.signals?.ids ?? []) this.#signals.set(id, running);
    // A promise of its own around a thenable, which may call back twice or throw.
    Promise.resolve(result).then(
      (value) => {
        this.#over(running);
        this.#succeeded(running, value);
      },
      (error: unknown) => {
        this.#over(running);
        this.#failed(running, error);
      },
    );
  }

  async #invokeCall(call: Call): Promise<unknown> {
    const route = this.#router.route(call.target.path);
    if (call.kind === 'get') return route.owner[route.key];
    return calledByPortcall(this.#router.method(route), route.owner, call.args);
  }

  #over(running: Running): void {
    this.#running.delete(running.id);
    for (const id of running.signals?.ids ?? []) this.#signals.delete(id);
    for (const over of running.over ?? []) over();
    if (this.#running.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #succeeded(running: Running, value: unknown): void {
    const { id } = running;
    if (id < 0 || running.cancelled) return;
    if (value === undefined) {
      this.#outbox.post(`[${Code.result},${id}]`);
      return;
    }
    let encoded: Encoded;
    try {
      encoded = this.#codec.encode(value, 'result', noSignals);
    } catch (error) {
      this.#refuse(running, error as RpcError);
      return;
    }
    this.#postValue(running, Code.result, encoded, 'result');
  }

  #failed(running: Running, error: unknown): void {
    // Nobody waits for it, but it must not be lost.
    if (running.id < 0) return this.#report(error);
    if (running.cancelled) return;
    const { signals } = running;
    const encoded = this.#codec.encodeThrown(error, {
      ...noSignals,
      reasonOf: (value) => signals?.reasonOf(value),
    });
    this.#postValue(running, Code.failure, encoded, 'error');
  }

  #postValue(running: Running, code: number, encoded: Encoded, what: string): void {
    const text = `[${code},${running.id},${valueFields(encoded)}]`;
    // Two more for the brackets of the batch.
    if (fits(text, encoded.attachments, this.#largestMessage - 2)) {
      this.#outbox.post(text, encoded.attachments);
      return;
    }
    const bytes = frameSize(utf8Length(text) + 2, encoded.attachments);
    this.#refuse(
      running,
      new RpcError(
        'TOO_LARGE',
        `its ${what} takes ${bytes} bytes, messages of at most ${this.#largestMessage} are taken here. ` +
          'Return it in parts, or raise limits.messageBytes on both sides',
        { delivery: 'unknown' },
      ),
    );
  }

  /** Tells of an error that no caller waits for. */
  #report(error: unknown): void {
    try {
      this.#settings.onError(error);
    } catch (problem) {
      // An error of the program's own, to be shown as any other that nothing catches.
      afterThisTick(() => {
        throw problem;
      });
    }
  }

  #refuse(running: Running, error: RpcError): void {
    if (running.id < 0) return this.#report(error);
    if (!running.cancelled) this.#outbox.post(refusalText(running.id, error));
  }
}

const noArguments: readonly unknown[] = Object.freeze([]);

/** A call as middleware at the callee sees it. */
function served(kind: CallKind, route: Route, args: readonly unknown[], extras: unknown): Call {
  const { timeoutMs, metadata } = isExtras(extras) ? extras : {};
  return {
    kind,
    target: targetOf(route.path),
    args,
    options: { ...(timeoutMs !== undefined && { timeoutMs }), ...(metadata !== undefined && { metadata }) },
  };
}

function isExtras(value: unknown): value is Extras {
  return typeof value === 'object' && value !== null;
}

function isPath(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  try {
    return typeof (value as { then?: unknown }).then === 'function';
  } catch {
    // A result that throws when it is looked at is none that can be sent; writing it finds the words for that.
    return false;
  }
}
