import type { Call, Handler } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { frameSize, utf8Length } from '../protocol/frame-size.ts';
import { Code, type Message } from '../protocol/protocol.ts';
import type { Codec, Encoded, Exporter, Importer } from '../values/values.ts';
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
      if (!pending.sent && pending.size > bytes)
        this.#abandon(pending, () => this.#tooLarge(pending.call, pending.size));
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
    const { encoded, extras } = this.#write(call, exports);
    const target = this.#names.written(call.target);
    const pending = this.#pending.add(call);
    if (this.#pending.size === 1) this.#events.waiting(true);
    const message = messageText(pending.id, target, encoded, extras);
    pending.size = frameSize(message.length + 2, encoded?.attachments);
    pending.batch = this.#outbox.post(message, encoded?.attachments);
    pending.place = pending.batch.length - 1;
    this.#watch(pending, exports.signals);
    return pending;
  }

  async #sendOneway(call: Call): Promise<undefined> {
    const { encoded, extras } = this.#write(call, noSignals);
    const target = this.#names.written(call.target);
    this.#outbox.post(messageText(-this.#pending.nextId(), target, encoded, extras), encoded?.attachments);
    return undefined;
  }

  /** What a call says, as text; nothing has been sent or registered when this throws. */
  #write(call: Call, exporter: Exporter): Written {
    const encoded = call.kind === 'call' ? this.#encodeArguments(call, exporter) : undefined;
    const extras = extrasText(call);
    const size = frameSize((encoded?.text.length ?? 0) + (extras?.length ?? 0), encoded?.attachments);
    // Text of characters beyond ASCII takes more bytes than characters; only near the limit are they counted.
    if (size * 3 > this.#largestMessage) {
      const bytes = frameSize(
        utf8Length(messageText(0, JSON.stringify(call.target.path), encoded, extras)) + 2,
        encoded?.attachments,
      );
      if (bytes > this.#largestMessage) throw this.#tooLarge(call, bytes);
    }
    return { encoded, extras };
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

  #tooLarge(call: Call, bytes: number): RpcError {
    return new RpcError(
      'TOO_LARGE',
      `${callName(call)} was not sent: its arguments take ${bytes} bytes, the other side takes messages of at most ` +
        `${this.#largestMessage}. Send them in parts, or raise limits.messageBytes on both sides`,
      { delivery: 'not-sent' },
    );
  }

  /** Whatever can end the wait early: the deadline, the call's own signal, and the signals among its arguments. */
  #watch(pending: PendingCall, signals: Map<number, AbortSignal> | undefined): void {
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
    for (const [id, passed] of signals ?? []) {
      if (!passed.aborted) releases.push(this.#watches.add(passed, () => this.#abortAtCallee(id, passed)));
    }
    pending.release = () => releases.forEach((release) => release());
  }

  /** Stops waiting for a call and tells the other side, or takes it back where it has not left yet. */
  #abandon(pending: PendingCall, toError: (sent: boolean) => unknown, signal?: AbortSignal): void {
    if (this.#pending.take(pending.id) === undefined) return;
    const { sent } = pending;
    if (sent) this.#cancel(pending.id, signal);
    else pending.batch?.withdraw(pending.place);
    this.#settle(pending, new CallFailure(() => toError(sent)));
  }

  #cancel(id: number, signal: AbortSignal | undefined): void {
    const reason = signal === undefined ? undefined : this.#codec.encodeThrown(signal.reason, noSignals);
    this.#outbox.post(
      reason === undefined ? `[${Code.cancel},${id}]` : `[${Code.cancel},${id},${valueFields(reason)}]`,
      reason?.attachments,
    );
  }

  #abortAtCallee(id: number, signal: AbortSignal): void {
    const reason = this.#codec.encodeThrown(signal.reason, noSignals);
    this.#outbox.post(`[${Code.abort},${id},${valueFields(reason)}]`, reason.attachments);
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

/** What a call says beside its id and its target. */
interface Written {
  /** The arguments; absent where a value is read. */
  readonly encoded: Encoded | undefined;
  readonly extras: string | undefined;
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
