import type { Call, Handler } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { fits, frameSize, utf8Length } from '../protocol/frame-size.ts';
import { Code, type Message } from '../protocol/protocol.ts';
import type { Codec, Encoded, Exporter, Importer } from '../values/values.ts';
import { noAttachments } from '../shared/attachments.ts';
import { arrivedValue, valueFields } from './arrived.ts';
import { CallExports, Numbers } from './call-exports.ts';
import { CallFailure, callName, endedError, timeoutError, type Ending } from './call-failure.ts';
import { withCallSite } from './call-site.ts';
import { Deadlines } from './deadlines.ts';
import { extrasText } from './extras.ts';
import { noIncomingSignals, noSignals } from './incoming-signals.ts';
import { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import { PendingCalls, type PendingCall } from './pending-calls.ts';
import { refusal } from './refusals.ts';
import { SignalWatches } from './signal-watches.ts';
import type { Limits } from '../protocol/limits.ts';

/** What a caller tells its session. */
export interface CallerEvents {
  /** The first call has begun to wait, or the last has stopped. */
  waiting(any: boolean): void;
  /** A call made with `kill` has been given up after it was sent; the other side has been told so. */
  givenUp(pending: PendingCall): void;
}

/** The half of a session that makes calls. */
export class Caller {
  readonly #outbox: Outbox;
  readonly #codec: Codec;
  readonly #limits: Limits;
  readonly #events: CallerEvents;
  readonly #names: Names;
  readonly #pending = new PendingCalls();
  readonly #deadlines = new Deadlines();
  readonly #watches = new SignalWatches();
  #largestMessage: number;
  readonly #signalNumbers = new Numbers();
  #ended: Ending | undefined;
  #idle: (() => void)[] = [];
  #ignored = 0;

  constructor(outbox: Outbox, codec: Codec, limits: Limits, events: CallerEvents) {
    this.#outbox = outbox;
    this.#codec = codec;
    this.#limits = limits;
    this.#events = events;
    this.#names = new Names(outbox);
    this.#largestMessage = limits.messageBytes;
  }

  get pendingCalls(): number {
    return this.#pending.size;
  }

  /** Replies that belonged to no call that waits: late ones, repeated ones, made-up ones. */
  get ignoredReplies(): number {
    return this.#ignored;
  }

  /**
   * Makes a call. What is written and in which order is settled before this returns.
   *
   * The function is `async` and errors are made behind its `await`: their stacks then lead to whoever awaits the call.
   */
  readonly handle: Handler = async (call) => {
    const { signal } = call.options;
    if (signal?.aborted === true) throw signal.reason;
    if (this.#ended !== undefined) throw endedError(call, this.#ended, false);
    this.#checkLimits(call);
    if (call.options.oneway === true) return this.#sendOneway(call);
    const pending = this.#send(call);
    const outcome = await pending.outcome;
    return outcome instanceof CallFailure ? raise(outcome.toError()) : this.#read(pending, outcome);
  };

  /** A reply has arrived. */
  replied(message: Message, attachments: readonly Uint8Array[]): void {
    const pending = typeof message[1] === 'number' ? this.#pending.take(message[1]) : undefined;
    if (pending === undefined) {
      this.#ignored++;
      return;
    }
    pending.attachments = attachments;
    this.#settle(pending, message);
  }

  /** The other side has said what it takes; calls that wait to be sent may be too large for it. */
  limitMessages(bytes: number): void {
    if (bytes >= this.#largestMessage) return;
    this.#largestMessage = bytes;
    for (const pending of this.#pending.all()) {
      const { batch, sent, place, call } = pending;
      if (batch === undefined || sent || batch.fits(place, bytes)) continue;
      this.#abandon(pending, () => this.#tooLarge(call));
    }
  }

  /** No further calls are made. Those under way go on. */
  refuse(ending: Ending): void {
    this.#ended ??= ending;
  }

  /** No reply will come any more: every call that waits is told why. */
  end(ending: Ending): void {
    this.#ended = ending;
    this.#deadlines.clear();
    for (const pending of this.#pending.takeAll()) {
      const { call, sent } = pending;
      this.#settle(pending, new CallFailure(() => endedError(call, ending, sent)));
    }
  }

  /** Fulfils once no call waits. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#pending.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  #checkLimits(call: Call): void {
    if (this.#pending.size >= this.#limits.pendingCalls) {
      throw new RpcError(
        'OVERLOADED',
        `${callName(call)} was not sent: ${this.#pending.size} calls are waiting for replies (limits.pendingCalls). ` +
          'Await some of them first, or raise the limit',
        { delivery: 'not-sent' },
      );
    }
    if (this.#outbox.queuedBytes >= this.#limits.queuedBytes) {
      throw new RpcError(
        'OVERLOADED',
        `${callName(call)} was not sent: ${this.#outbox.queuedBytes} bytes wait for the other side to read them ` +
          '(limits.queuedBytes). Await some calls first, or raise the limit',
        { delivery: 'not-sent' },
      );
    }
  }

  #send(call: Call): PendingCall {
    const exports = new CallExports(this.#signalNumbers);
    const { id, text, attachments } = this.#write(call, exports, 1);
    const pending = this.#pending.add(call, id);
    if (this.#pending.size === 1) this.#events.waiting(true);
    pending.batch = this.#outbox.post(text, attachments);
    pending.place = pending.batch.length - 1;
    this.#watch(pending, exports);
    return pending;
  }

  async #sendOneway(call: Call): Promise<undefined> {
    const { text, attachments } = this.#write(call, noSignals, -1);
    this.#outbox.post(text, attachments);
    return undefined;
  }

  /** The message of a call. Nothing of the call has been sent or registered when this throws. */
  #write(call: Call, exporter: Exporter, sign: 1 | -1): Written {
    // These two may run code of the user's, which may make calls.
    const encoded = call.kind === 'call' ? this.#encodeArguments(call, exporter) : undefined;
    const extras = extrasText(call);
    const id = this.#pending.nextId();
    const text = messageText(id * sign, this.#names.written(call.target), encoded, extras);
    const attachments = encoded?.attachments ?? noAttachments;
    // Two more for the brackets of the batch.
    if (!fits(text, attachments, this.#largestMessage - 2))
      throw this.#tooLarge(call, frameSize(utf8Length(text) + 2, attachments));
    return { id, text, attachments };
  }

  #encodeArguments(call: Call, exporter: Exporter): Encoded {
    try {
      return this.#codec.encode(call.args, 'arguments', exporter);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      throw new RpcError(error.code, `${callName(call)} was not sent: ${error.message}`, {
        delivery: 'not-sent',
        ...('cause' in error && { cause: error.cause }),
      });
    }
  }

  #tooLarge(call: Call, bytes?: number): RpcError {
    const much = bytes === undefined ? 'too many' : `${bytes}`;
    return new RpcError(
      'TOO_LARGE',
      `${callName(call)} was not sent: its arguments take ${much} bytes, the other side takes messages of at most ` +
        `${this.#largestMessage}. Send them in parts, or raise limits.messageBytes on both sides`,
      { delivery: 'not-sent' },
    );
  }

  /** Whatever can end the wait early: the deadline, the call's own signal, and the signals among its arguments. */
  #watch(pending: PendingCall, { signals, live }: CallExports): void {
    const { timeoutMs, signal } = pending.call.options;
    if (timeoutMs === undefined && signal === undefined && signals === undefined) return;
    const releases: (() => void)[] = [];
    if (timeoutMs !== undefined) {
      const tooLate = (): void =>
        this.#abandon(pending, (sent) => timeoutError(pending.call, timeoutMs, sent));
      releases.push(this.#deadlines.set(timeoutMs, tooLate));
    }
    if (signal !== undefined) {
      releases.push(this.#watches.add(signal, () => this.#abandon(pending, () => signal.reason, signal)));
    }
    pending.signals = signals;
    for (const [id, passed] of live ?? []) {
      if (passed.aborted) this.#abortAtCallee(id, passed);
      else releases.push(this.#watches.add(passed, () => this.#abortAtCallee(id, passed)));
    }
    pending.release = () => releases.forEach((release) => release());
    // By a getter among the arguments, say: no event will tell.
    if (signal?.aborted === true) this.#abandon(pending, () => signal.reason, signal);
  }

  /** Stops waiting for a call and tells the other side, or takes it back where it has not left yet. */
  #abandon(pending: PendingCall, toError: (sent: boolean) => unknown, signal?: AbortSignal): void {
    if (this.#pending.take(pending.id) === undefined) return;
    const { sent } = pending;
    if (sent) {
      this.#cancel(pending.id, signal);
      if (pending.call.options.kill === true) this.#events.givenUp(pending);
    } else if (pending.batch !== undefined) this.#outbox.withdraw(pending.batch, pending.place);
    this.#settle(pending, new CallFailure(() => toError(sent)));
  }

  #cancel(id: number, signal: AbortSignal | undefined): void {
    if (signal === undefined) this.#outbox.post(`[${Code.cancel},${id}]`);
    else this.#postReason(Code.cancel, id, signal);
  }

  #abortAtCallee(id: number, signal: AbortSignal): void {
    this.#postReason(Code.abort, id, signal);
  }

  /** Says why a signal has aborted, unless that is more than the other side takes. */
  #postReason(code: number, id: number, { reason }: AbortSignal): void {
    const encoded = this.#codec.encodeThrown(reason, noSignals);
    const text = `[${code},${id},${valueFields(encoded)}]`;
    if (fits(text, encoded.attachments, this.#largestMessage - 2))
      this.#outbox.post(text, encoded.attachments);
    else this.#outbox.post(`[${code},${id}]`);
  }

  #settle(pending: PendingCall, outcome: Message | CallFailure): void {
    pending.settle(outcome);
    if (this.#pending.size > 0) return;
    this.#events.waiting(false);
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #read(pending: PendingCall, message: Message): unknown {
    if (message[0] === Code.refusal) throw refusal(pending.call, message);
    const arrived = arrivedValue(message, pending.attachments);
    const value = arrived === undefined ? undefined : this.#codec.decode(arrived, importer(pending));
    if (message[0] === Code.result) return value;
    throw withCallSite(value, pending);
  }
}

function raise(error: unknown): never {
  throw error;
}

/** Replies bring no signals of their own, but may bring back the reason of one that the call has taken along. */
function importer(pending: PendingCall): Importer {
  return {
    ...noIncomingSignals,
    reason: (id) => {
      const signal = pending.signals?.get(id);
      return signal === undefined ? noIncomingSignals.reason(id) : signal.reason;
    },
  };
}

/** The message of a call. */
interface Written {
  readonly id: number;
  readonly text: string;
  readonly attachments: readonly Uint8Array[];
}

function messageText(
  id: number,
  target: string,
  encoded: Encoded | undefined,
  extras: string | undefined,
): string {
  if (encoded === undefined)
    return `[${Code.get},${id},${target}${extras === undefined ? '' : `,${extras}`}]`;
  if (extras === undefined) return `[${Code.call},${id},${target},${valueFields(encoded)}]`;
  return `[${Code.call},${id},${target},${encoded.text},${encoded.form},${encoded.attachments.length},${extras}]`;
}
