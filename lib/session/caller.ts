import type { Call, CallKind, Handler } from '../call/call.ts';
import { callName } from '../call/call-name.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { fits, frameSize, utf8Length } from '../protocol/frame-size.ts';
import { Code, Form, type Message } from '../protocol/protocol.ts';
import type { Codec, Encoded } from '../values/values.ts';
import { noAttachments, type Attachment } from '../shared/attachments.ts';
import { arrivedValue, valueFields } from './arrived.ts';
import { BlockingExports } from './blocking-exports.ts';
import { MessageExports, Numbers } from './message-exports.ts';
import { MessageImports } from './message-imports.ts';
import { CallFailure, endedError, endingOf, timeoutError, type Ending } from './call-failure.ts';
import { withCallSite } from './call-site.ts';
import { Deadlines } from './deadlines.ts';
import { discardValue } from './discard.ts';
import { extrasText } from './extras.ts';
import { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import { PendingCalls, type Outcome, type PendingCall } from './pending-calls.ts';
import { refusal } from './refusals.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Inflow } from './streams/inflow.ts';
import { SignalWatches } from './signal-watches.ts';
import { Turns } from './turns.ts';
import type { Limits } from '../protocol/limits.ts';

/** What a caller tells its session. */
export interface CallerEvents {
  /** The first call has begun to wait, or the last has stopped. */
  waiting(any: boolean): void;
  /** Fulfils once calls can be written, where that is not from the beginning. */
  readonly prepared?: Promise<void> | undefined;
  /** A call made with `kill` has been given up after it was sent; the other side has been told so. */
  givenUp(pending: PendingCall): void;
}

/** The half of a session that makes calls. */
export class Caller {
  readonly #outbox: Outbox;
  readonly #codec: Codec;
  readonly #objects: SharedObjects;
  readonly #limits: Limits;
  readonly #events: CallerEvents;
  readonly #names: Names;
  readonly #pending = new PendingCalls();
  readonly #deadlines = new Deadlines();
  readonly #watches = new SignalWatches();
  #largestMessage: number;
  readonly #signalNumbers = new Numbers();
  readonly #keptCollected = new FinalizationRegistry<KeptCall>((kept) => this.#releaseKept(kept));
  // No further calls of what is exposed; and, once it is gone, none at all.
  #closing: Ending | undefined;
  #ended: Ending | undefined;
  // Where calls wait for the codec, as long as there is anything to wait for.
  #turns: Turns | undefined;
  #idle: (() => void)[] = [];
  #ignored = 0;
  // Results that the other side keeps for this one.
  #keptThere = 0;

  constructor(outbox: Outbox, codec: Codec, objects: SharedObjects, limits: Limits, events: CallerEvents) {
    this.#outbox = outbox;
    this.#codec = codec;
    this.#objects = objects;
    this.#limits = limits;
    this.#events = events;
    this.#names = new Names(outbox);
    this.#largestMessage = limits.messageBytes;
    const { prepared } = events;
    if (prepared === undefined) return;
    const turns = new Turns({ deadlines: this.#deadlines, watches: this.#watches });
    this.#turns = turns;
    prepared.then(
      () => turns.begin(),
      () => {},
    );
  }

  get pendingCalls(): number {
    return this.#pending.size + (this.#turns?.size ?? 0);
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
  readonly handle: Handler = async (made) => {
    const { signal } = made.options;
    if (signal?.aborted === true) throw signal.reason;
    let call = made;
    if (this.#turns?.waiting === true) {
      this.#checkLimits(call);
      call = await this.#turns.wait(call);
      this.#turns.gone();
    }
    const { base } = call.target;
    if (base !== undefined && base.id === undefined && base.gone === undefined) await base.sent;
    if (base?.gone !== undefined) {
      // Whoever makes this call is told instead.
      base.sent?.catch(() => {});
      throw base.gone;
    }
    const ended = this.#ended ?? (base === undefined ? this.#closing : undefined);
    if (ended !== undefined) throw endedError(call, ended, false);
    this.#checkLimits(call);
    if (call.keep !== undefined) return this.#sendKept(call);
    if (call.options.oneway === true) return this.#sendOneway(call);
    const exports = new MessageExports(this.#objects, this.#signalNumbers);
    const pending = this.#send(call, exports);
    this.#watch(pending, exports);
    const outcome = await pending.outcome!;
    // What watches its signals may outlive the call, and must not keep the result from being collected.
    pending.outcome = undefined;
    if (!(outcome instanceof CallFailure)) return outcome.value;
    throw withCallSite(outcome.toError(), pending, outcome.remote);
  };

  /** @throws RpcError where no call can be made now */
  admit(call: Call): void {
    const ended = this.#ended ?? this.#closing;
    if (ended !== undefined) throw endedError(call, ended, false);
    this.#checkLimits(call);
  }

  /** Makes a call whose caller is blocked until it is settled, and watches the time itself. It has been admitted. */
  begin(call: Call): PendingCall {
    const pending = this.#send(call, new BlockingExports(this.#objects, this.#signalNumbers));
    pending.blocking = true;
    return pending;
  }

  /** A caller that is blocked has waited as long as it may. */
  late(pending: PendingCall, timeoutMs: number): void {
    this.#abandon(pending, (sent) => timeoutError(pending.call, timeoutMs, sent));
  }

  /** No reply will come for a caller that is blocked. The others are told when the session ends. */
  lost(pending: PendingCall, ending: Ending): void {
    if (this.#pending.take(pending.id) === undefined) return;
    const { call, sent } = pending;
    this.#settle(pending, new CallFailure(() => endedError(call, ending, sent)));
  }

  /**
   * What the function has returned for a caller that was blocked.
   *
   * @param from - The function the user has called.
   * @throws What the call has failed with
   */
  resultOf(pending: PendingCall, from: object): unknown {
    const outcome = pending.reached!;
    if (!(outcome instanceof CallFailure)) return outcome.value;
    throw withCallSite(outcome.toError(), pending, outcome.remote, from);
  }

  /** The result of a call is about to be iterated: if it is a stream, its first window may come with it. */
  readonly iterating = (call: Call): void => {
    const pending = this.#pending.find(call);
    if (pending === undefined || pending.iterated) return;
    pending.iterated = true;
    const { items, bytes } = this.#objects.streams.window;
    this.#outbox.post(`[${Code.iterate},${pending.id},${items},${bytes}]`);
  };

  /** A reply has arrived. */
  replied(message: Message, attachments: readonly Attachment[]): void {
    const pending = typeof message[1] === 'number' ? this.#pending.take(message[1]) : undefined;
    if (pending === undefined) {
      discardValue({ codec: this.#codec, objects: this.#objects }, message, attachments);
      this.#ignored++;
      return;
    }
    this.#settle(pending, this.#read(pending, message, attachments));
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

  /** No further calls of what is exposed are made. Those under way go on, and what they brought along can be called. */
  refuse(ending: Ending): void {
    this.#closing ??= ending;
  }

  /** No reply will come any more: every call that waits is told why. */
  end(ending: Ending): void {
    this.#ended = ending;
    this.#turns?.begin();
    this.#deadlines.clear();
    for (const pending of this.#pending.takeAll()) {
      const { call, sent } = pending;
      // Before the streams of the session are ended: those of a call that can be made again have not begun.
      if (!sent) pending.exports?.undo(0);
      this.#settle(pending, new CallFailure(() => endedError(call, ending, sent)));
    }
  }

  /** What ended or ends this session, where a call failed with this error because of that. */
  endingOf(error: unknown): Ending | undefined {
    const ending = endingOf(error);
    return ending === this.#ended || ending === this.#closing ? ending : undefined;
  }

  /** Fulfils once no call waits. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#pending.size === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  #checkLimits(call: Call): void {
    if (this.pendingCalls >= this.#limits.pendingCalls) {
      throw new RpcError(
        'OVERLOADED',
        `${callName(call)} was not sent: ${this.pendingCalls} calls are waiting for replies (limits.pendingCalls). ` +
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

  #send(call: Call, exports: MessageExports): PendingCall {
    const { id, text, attachments } = this.#write(call, exports, 1);
    const pending = this.#pending.add(call, id);
    if (this.#pending.size === 1) this.#events.waiting(true);
    pending.batch = this.#outbox.post(text, attachments);
    pending.place = pending.batch.length - 1;
    pending.exports = exports;
    return pending;
  }

  #sendOneway(call: Call): undefined {
    const { text, attachments } = this.#write(call, new MessageExports(this.#objects), -1);
    this.#outbox.post(text, attachments);
    return undefined;
  }

  /** Makes a call whose result stays at the other side until the object that stands for it here is collected. */
  #sendKept(call: Call): undefined {
    if (this.#keptThere >= this.#limits.references) {
      throw new RpcError(
        'OVERLOADED',
        `${callName(call)} was not sent: the other side keeps ${this.#keptThere} results for this one ` +
          '(limits.references). Release some of them first, or raise the limit',
        { delivery: 'not-sent' },
      );
    }
    const exports = new MessageExports(this.#objects, this.#signalNumbers);
    const { id, text, attachments } = this.#write(call, exports, 1);
    this.#keptThere++;
    // An await of what is made on the result only gets to its call in a microtask; it is to leave with this one.
    this.#outbox.post(text, attachments, true);
    const kept: KeptCall = { id, releases: [] };
    // The call may never end as far as this side knows, so its signals are watched for as long as its result is kept.
    for (const [number, passed] of exports.live ?? []) {
      if (passed.aborted) this.#abortAtCallee(number, passed);
      else kept.releases.push(this.#watches.add(passed, () => this.#abortAtCallee(number, passed)));
    }
    const { keep } = call;
    if (keep === undefined) return undefined;
    keep.kept(id, () => {
      this.#keptCollected.unregister(keep);
      this.#releaseKept(kept);
    });
    this.#keptCollected.register(keep, kept, keep);
    return undefined;
  }

  #releaseKept({ id, releases }: KeptCall): void {
    for (const release of releases) release();
    this.#keptThere--;
    this.#outbox.post(`[${Code.release},${-id},1]`);
  }

  /** The message of a call. Nothing of the call has been sent or registered when this throws. */
  #write(call: Call, exports: MessageExports, sign: 1 | -1): Written {
    // These two may run code of the user's, which may make calls.
    const encoded = call.kind === 'get' ? undefined : this.#encodeArguments(call, exports);
    const extras = this.#extras(call, exports);
    const id = this.#pending.nextId();
    const text = messageText(call.kind, id * sign, this.#names.written(call.target), encoded, extras);
    const attachments = encoded?.attachments ?? noAttachments;
    // Two more for the brackets of the batch.
    if (!fits(text, attachments, this.#largestMessage - 2)) {
      exports.undo(0);
      throw this.#tooLarge(call, frameSize(utf8Length(text) + 2, attachments));
    }
    return { id, text, attachments };
  }

  #extras(call: Call, exports: MessageExports): string | undefined {
    try {
      return extrasText(call, exports.uses);
    } catch (error) {
      exports.undo(0);
      throw error;
    }
  }

  #encodeArguments(call: Call, exports: MessageExports): Encoded {
    try {
      return this.#codec.encode(call.args, 'arguments', exports);
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
  #watch(pending: PendingCall, { signals, live }: MessageExports): void {
    const { timeoutMs, signal } = pending.call.options;
    if (timeoutMs === undefined && signal === undefined && signals === undefined) return;
    const releases: (() => void)[] = [];
    if (timeoutMs !== undefined) {
      const tooLate = (): void =>
        this.#abandon(pending, (sent) => timeoutError(pending.call, timeoutMs, sent));
      pending.clearDeadline = this.#deadlines.set(timeoutMs, tooLate);
      releases.push(pending.clearDeadline);
    }
    if (signal !== undefined) {
      releases.push(this.#watches.add(signal, () => this.#abandon(pending, () => signal.reason, signal)));
    }
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
    } else if (pending.batch !== undefined) {
      this.#outbox.withdraw(pending.batch, pending.place);
      pending.exports?.undo(0);
    }
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
    const exports = new MessageExports(this.#objects);
    const encoded = this.#codec.encodeThrown(reason, exports);
    const text = `[${code},${id},${valueFields(encoded)}]`;
    if (fits(text, encoded.attachments, this.#largestMessage - 2)) {
      this.#outbox.post(text, encoded.attachments);
    } else {
      exports.undo(0);
      this.#outbox.post(`[${code},${id}]`);
    }
  }

  #settle(pending: PendingCall, outcome: Outcome): void {
    // Where streams have come with the result it is undone once they have ended.
    if (!pending.streaming) pending.release?.();
    pending.settle(outcome);
    if (this.#pending.size > 0) return;
    this.#events.waiting(false);
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #read(pending: PendingCall, message: Message, attachments: readonly Attachment[]): Outcome {
    const { call } = pending;
    if (message[0] === Code.refusal) return new CallFailure(() => refusal(call, message));
    try {
      const value = this.#value(pending, message, attachments);
      return message[0] === Code.result ? { value } : new CallFailure(() => value, true);
    } catch (error) {
      return new CallFailure(() => error);
    }
  }

  #value(pending: PendingCall, message: Message, attachments: readonly Attachment[]): unknown {
    const arrived = arrivedValue(message, attachments);
    if (arrived === undefined) return undefined;
    if (arrived.form === Form.plain) return arrived.json;
    const imports = new MessageImports(this.#objects, false, (id) => reasonOf(pending, id));
    const value = this.#codec.decode(arrived, imports);
    if (imports.inflows !== undefined) this.#streams(pending, imports, imports.inflows);
    if (message[0] === Code.result && isThenable(value)) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `${callName(pending.call)} returned an object with a function called "then", which every await would take for a promise`,
      );
    }
    return value;
  }

  /** The result holds streams: deadline aside, what can end the call ends them, until they have ended by themselves. */
  #streams(pending: PendingCall, imports: MessageImports, inflows: readonly Inflow[]): void {
    if (pending.iterated) inflows[0]?.open(true);
    const { signal } = pending.call.options;
    if (pending.release === undefined) return;
    pending.streaming = true;
    pending.clearDeadline?.();
    let open = inflows.length;
    const stopWatching =
      signal === undefined
        ? undefined
        : this.#watches.add(signal, () => {
            // For whoever watches the call itself; the generator is told on its own.
            this.#cancel(pending.id, signal);
            for (const inflow of inflows) inflow.cancel(signal.reason);
          });
    imports.ends.stream = () => {
      if (--open > 0) return;
      pending.release?.();
      stopWatching?.();
    };
  }
}

/** A call whose result stays at the other side. */
interface KeptCall {
  readonly id: number;
  /** Ends the watches on its signals. */
  readonly releases: (() => void)[];
}

/** A reply may bring back the reason of a signal that the call has taken along. */
function reasonOf(pending: PendingCall, id: number): unknown {
  const signal = pending.exports?.signals?.get(id);
  if (signal !== undefined) return signal.reason;
  throw new RpcError('PROTOCOL_ERROR', 'the other side sent the reason of a signal that it was not given');
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/** The message of a call. */
interface Written {
  readonly id: number;
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

const codes = { call: Code.call, new: Code.new, set: Code.set } as const;

function messageText(
  kind: CallKind,
  id: number,
  target: string,
  encoded: Encoded | undefined,
  extras: string | undefined,
): string {
  if (kind === 'get' || encoded === undefined)
    return `[${Code.get},${id},${target}${extras === undefined ? '' : `,${extras}`}]`;
  if (extras === undefined) return `[${codes[kind]},${id},${target},${valueFields(encoded)}]`;
  return `[${codes[kind]},${id},${target},${encoded.text},${encoded.form},${encoded.attachments.length},${extras}]`;
}
