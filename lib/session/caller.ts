import type { Call, Handler, KeptResult } from '../call/call.ts';
import { callName } from '../call/call-name.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { Code, type Message } from '../protocol/protocol.ts';
import type { Codec } from '../values/values.ts';
import type { Attachment } from '../shared/attachments.ts';
import { BlockingExports } from './blocking-exports.ts';
import {
  CallFailure,
  endedError,
  endingOf,
  goneError,
  timeoutError,
  tooMuchError,
  type Ending,
} from './call-failure.ts';
import { watchCall, type CallWatch } from './call-watch.ts';
import { CallWriter } from './call-writer.ts';
import { Deadlines } from './deadlines.ts';
import { discardValue } from './discard.ts';
import { KeptCalls } from './kept-calls.ts';
import { MessageExports, Numbers } from './message-exports.ts';
import { headStart, type Outbox } from './outbox.ts';
import { PendingCalls, type Outcome, type PendingCall } from './pending-calls.ts';
import { ReplyReader } from './reply-reader.ts';
import type { SharedObjects } from './shared-objects.ts';
import { SignalWatches } from './signal-watches.ts';
import { Turns } from './turns.ts';
import type { Limits } from '../protocol/limits.ts';
import type { TextLimits } from '../protocol/text-size.ts';

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
  readonly #writer: CallWriter;
  readonly #replies: ReplyReader;
  readonly #kept: KeptCalls;
  readonly #pending = new PendingCalls();
  readonly #deadlines = new Deadlines();
  readonly #watches = new SignalWatches();
  readonly #watch: CallWatch;
  readonly #signalNumbers = new Numbers();
  // No further calls of what is exposed; and, once it is gone, none at all.
  #closing: Ending | undefined;
  #ended: Ending | undefined;
  // Where calls wait for the codec, as long as there is anything to wait for.
  #turns: Turns | undefined;
  #idle: (() => void)[] = [];
  #ignored = 0;
  #unreplied = false;

  constructor(outbox: Outbox, codec: Codec, objects: SharedObjects, limits: Limits, events: CallerEvents) {
    this.#outbox = outbox;
    this.#codec = codec;
    this.#objects = objects;
    this.#limits = limits;
    this.#events = events;
    this.#writer = new CallWriter(outbox, codec, objects, limits.messageBytes);
    this.#watch = {
      deadlines: this.#deadlines,
      watches: this.#watches,
      writer: this.#writer,
      abandon: this.#abandon,
    };
    this.#replies = new ReplyReader(codec, objects, this.#watches, this.#writer);
    this.#kept = new KeptCalls(outbox, this.#watches, this.#writer, limits.references);
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
   * Errors are made in the reaction of the promise it gives: their stacks then lead to whoever awaits the call. It is not
   * `async`, which would cost each call that waits twice the memory.
   */
  readonly handle: Handler = (call) => {
    try {
      const { signal } = call.options;
      if (signal?.aborted === true) throw signal.reason;
      const { base } = call.target;
      const unsent = base !== undefined && base.id === undefined && base.gone === undefined;
      return unsent || this.#turns?.waiting === true
        ? this.#makeLater(call)
        : this.#make(call, this.#closing);
    } catch (error) {
      return Promise.reject(error);
    }
  };

  /** @throws RpcError where no call can be made now */
  admit(call: Call): void {
    const ended = this.#ended ?? this.#closing;
    if (ended !== undefined) throw endedError(call, ended, false);
    this.#checkLimits(call);
  }

  /** Makes a call whose caller is blocked until it is settled, and watches the time itself. It has been admitted. */
  begin(call: Call): PendingCall {
    const pending = this.#send(call, () => new BlockingExports(this.#objects, this.#signalNumbers));
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
    return resultOf(pending.reached!, from);
  }

  /** The result of a call is about to be iterated: if it is a stream, its first window may come with it. */
  readonly iterating = (call: Call): void => {
    const pending = this.#pending.find(call);
    if (pending === undefined || pending.iterated) return;
    pending.iterated = true;
    const { items, bytes } = this.#objects.streams.window;
    this.#outbox.post(`[${Code.iterate},${pending.id},${items},${bytes}]`, undefined, false, pending.id);
  };

  /** A reply has arrived. */
  replied(message: Message, attachments: readonly Attachment[]): void {
    const pending = typeof message[1] === 'number' ? this.#pending.take(message[1]) : undefined;
    if (pending === undefined) {
      discardValue({ codec: this.#codec, objects: this.#objects }, message, attachments);
      this.#ignored++;
      return;
    }
    this.#settle(pending, this.#replies.read(pending, message, attachments));
  }

  /** The other side has said what it takes; calls that wait to be sent may be too large for it. */
  limitMessages(bytes: number): void {
    if (!this.#writer.limitMessages(bytes)) return;
    for (const pending of this.#pending.all()) {
      const { batch, sent, place, call } = pending;
      if (batch === undefined || sent || batch.fits(place, bytes)) continue;
      this.#abandon(pending, () => this.#writer.tooLarge(call));
    }
  }

  /** The other side takes values of less; calls that wait to be sent may hold more. */
  limitShapes(bounds: TextLimits): void {
    for (const pending of this.#pending.all()) {
      const { batch, sent, place, call } = pending;
      const excess = sent ? undefined : batch?.excess(place, bounds);
      if (excess !== undefined) this.#abandon(pending, () => tooMuchError(call, excess));
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
    this.#kept.end();
    for (const pending of this.#pending.takeAll()) {
      const { call, sent } = pending;
      // Before the streams of the session are ended: those of a call that can be made again have not begun. A call whose
      // streams may have been read in part cannot.
      if (!sent) pending.exports?.undo(0);
      const spent = sent && pending.exports?.hasStreams === true;
      this.#settle(pending, new CallFailure(() => endedError(call, ending, sent, !spent)));
    }
  }

  /** What ended or ends this session, where a call failed with this error because of that. */
  endingOf(error: unknown): Ending | undefined {
    const ending = endingOf(error);
    return ending === this.#ended || ending === this.#closing ? ending : undefined;
  }

  /** Fulfils once the calls that wait until values can be written have gone on, where any do. */
  get whenWritable(): Promise<void> | undefined {
    return this.#turns !== undefined && this.#turns.size > 0 ? this.#turns.whenIdle() : undefined;
  }

  /** Whether calls were made that are not replied to. */
  get callsUnreplied(): boolean {
    return this.#unreplied;
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

  /** Waits for what has to come first: the codec, and what the call is made on. */
  async #makeLater(made: Call): Promise<unknown> {
    let call = made;
    // A call that has come before the end was asked for is made, though its turn comes later.
    const closing = this.#closing;
    if (this.#turns?.waiting === true) {
      if (closing !== undefined && call.target.base === undefined) throw endedError(call, closing, false);
      this.#checkLimits(call);
      call = await this.#turns.wait(call);
      this.#turns.gone();
    }
    const { base } = call.target;
    if (base !== undefined && base.id === undefined && base.gone === undefined) await base.sent;
    return this.#make(call, closing);
  }

  /** @param closing - What had ended the calls of what is exposed when the call was made. */
  #make(call: Call, closing: Ending | undefined): Promise<unknown> {
    const { base } = call.target;
    if (base?.gone !== undefined) {
      // Whoever makes this call is told instead.
      base.sent?.catch(() => {});
      throw goneError(call, base.gone);
    }
    const ended = this.#ended ?? (base === undefined ? closing : undefined);
    if (ended !== undefined) throw endedError(call, ended, false);
    this.#checkLimits(call);
    if (call.keep !== undefined) return Promise.resolve(this.#sendKept(call, call.keep));
    if (call.options.oneway === true) return Promise.resolve(this.#sendOneway(call));
    const pending = this.#send(call, this.#newExports);
    watchCall(pending, this.#watch);
    const { outcome } = pending;
    // What watches its signals may outlive the call, and must not keep the result from being collected.
    pending.outcome = undefined;
    return outcome!.then(resultOf);
  }

  readonly #newExports = (): MessageExports => new MessageExports(this.#objects, this.#signalNumbers);

  #send(call: Call, makeExports: () => MessageExports): PendingCall {
    const { id, text, target, attachments, exports, order } = this.#writer.write(
      call,
      makeExports,
      this.#pending,
    );
    const pending = this.#pending.add(call, id);
    if (this.#pending.size === 1) this.#events.waiting(true);
    pending.batch =
      target === undefined
        ? this.#outbox.post(text, attachments, false, id, order)
        : this.#outbox.postShort(Code.call, id, target, text, id, order);
    pending.place = pending.batch.length - 1;
    pending.exports = exports;
    // The other side, which has nothing to do as yet, begins while the rest of the calls of this tick are made.
    if (this.#pending.size === headStart) this.#outbox.flushHeadStart();
    return pending;
  }

  #sendOneway(call: Call): undefined {
    const makeExports = (): MessageExports => new MessageExports(this.#objects);
    const { id, text, attachments, order } = this.#writer.write(call, makeExports, {
      nextId: () => -this.#pending.nextId(),
    });
    this.#outbox.post(text, attachments, false, id, order);
    this.#unreplied = true;
    return undefined;
  }

  #sendKept(call: Call, keep: KeptResult): undefined {
    this.#unreplied = true;
    return this.#kept.send(call, keep, this.#newExports, this.#pending);
  }

  /** Stops waiting for a call and tells the other side, or takes it back where it has not left yet. */
  readonly #abandon: CallWatch['abandon'] = (pending, toError, signal) => {
    if (this.#pending.take(pending.id) === undefined) return;
    const { sent } = pending;
    if (sent) {
      this.#writer.postCancel(pending.id, signal);
      if (pending.call.options.kill === true) this.#events.givenUp(pending);
    } else if (pending.batch !== undefined) {
      this.#outbox.withdraw(pending.batch, pending.place);
      pending.exports?.undo(0);
    }
    this.#settle(pending, new CallFailure(() => toError(sent)));
  };

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
}

/** @throws What the call has failed with */
function resultOf(outcome: Outcome, from?: object): unknown {
  if (!(outcome instanceof CallFailure)) return outcome.value;
  throw outcome.toError(from);
}
