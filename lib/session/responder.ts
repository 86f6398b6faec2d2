import { contextSlot, type ContextSlot } from '../call/context.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Limits } from '../protocol/limits.ts';
import { Code, type Extras, type Message } from '../protocol/protocol.ts';
import type { Codec } from '../values/values.ts';
import { arrivedValue } from './arrived.ts';
import { Cancellation } from './cancellation.ts';
import { discardValue } from './discard.ts';
import type { Invocations } from './invocations.ts';
import { type Invocation } from './invocations.ts';
import { KeptFailure, type Kept } from './kept-results.ts';
import { MessageImports } from './message-imports.ts';
import type { Replies } from './replies.ts';
import type { RunningCalls } from './running-calls.ts';
import { Running } from './running.ts';
import { ServedContext } from './served-context.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Targets } from './targets.ts';
import { WaitingCalls } from './waiting-calls.ts';
import type { Attachment } from '../shared/attachments.ts';
import { whole } from './whole.ts';

/** What a responder is made of. */
export interface ResponderParts {
  readonly codec: Codec;
  readonly objects: SharedObjects;
  readonly targets: Targets;
  readonly invocations: Invocations;
  readonly replies: Replies;
  readonly running: RunningCalls;
  readonly limits: Limits;
  /** How much waits for the other side to read it. */
  readonly queuedBytes: () => number;
}

/** The half of a session that takes calls. */
export class Responder {
  readonly #parts: ResponderParts;
  readonly #contexts: ContextSlot = contextSlot();
  readonly #running: RunningCalls;
  // Calls that wait for the results of others: their signals are not known yet, and aborts of them are kept.
  readonly #waiting: WaitingCalls;
  readonly #earlyAborts = new Map<number, unknown>();
  #lastId = 0;
  #ignored = 0;
  #refusal: RpcError | undefined;

  constructor(parts: ResponderParts) {
    this.#parts = parts;
    this.#running = parts.running;
    this.#waiting = new WaitingCalls(parts.limits.references);
  }

  /** Calls that had come before under the same id, and cancellations of calls that are over. */
  get ignoredMessages(): number {
    return this.#ignored;
  }

  /** Takes no further calls of what is exposed; what is under way may still call what it was given. */
  refuse(error: RpcError): void {
    this.#refusal ??= error;
  }

  /**
   * A call of the other side.
   *
   * @param late - Whether it has come in parts, which are never taken twice: calls made later have gone ahead of it.
   */
  called(message: Message, attachments: readonly Attachment[], late = false): void {
    const signedId = message[1];
    if (typeof signedId !== 'number' || !Number.isSafeInteger(signedId) || signedId === 0) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side made a call with the id ${JSON.stringify(signedId)}`,
      );
    }
    const id = Math.abs(signedId);
    // Ids only grow: one that does not is a message that came twice, and nothing is executed twice.
    if (id > this.#lastId) {
      this.#lastId = id;
    } else if (!late || this.#running.has(signedId)) {
      this.#ignored++;
      return;
    }
    const running = new Running(signedId);
    const extras = extrasOf(message);
    if (this.#contexts.hook !== undefined)
      running.context = new ServedContext(extras, signedId > 0 && extras?.keep !== true);
    const { kept, guarded } = this.#parts.objects;
    if (guarded) running.cancellation = new Cancellation();
    const keeps = extras?.keep === true && signedId > 0;
    if (keeps) running.kept = kept.keep(id);
    let unsettled: Kept[] | undefined;
    try {
      if (keeps && running.kept === undefined) throw tooManyKept(kept.size);
      this.#admit(message);
      unsettled = this.#unsettled(message, extras);
    } catch (error) {
      discardValue(this.#parts, message, attachments);
      this.#answer(running, error);
      return;
    }
    if (unsettled === undefined) this.#begin(running, message, attachments, extras);
    else this.#wait(running, unsettled, () => this.#begin(running, message, attachments, extras));
  }

  /** The caller no longer waits. */
  cancelled(message: Message, attachments: readonly Attachment[]): void {
    const id = message[1] as number;
    const running = this.#running.find(id);
    this.#waiting.gone(id);
    if (running?.isWatched === true) {
      running.cancel(this.#reason(message, attachments, 'the caller cancelled the call'));
      return;
    }
    discardValue(this.#parts, message, attachments);
    if (running === undefined) this.#ignored++;
    else running.cancelled = true;
  }

  /** The other side lets go of something: once the calls that came before and may use it have begun. */
  released(release: () => void): void {
    this.#waiting.release(this.#lastId, release);
  }

  /** A signal among the arguments of a call has aborted. */
  aborted(message: Message, attachments: readonly Attachment[]): void {
    const id = message[1] as number;
    const running = this.#running.bySignal(id);
    if (running !== undefined) {
      running.signals?.abort(id, this.#reason(message, attachments, 'the caller aborted the signal'));
    } else if (this.#waiting.any && this.#earlyAborts.size < this.#parts.limits.runningCalls) {
      this.#earlyAborts.set(id, this.#reason(message, attachments, 'the caller aborted the signal'));
    } else {
      discardValue(this.#parts, message, attachments);
      this.#ignored++;
    }
  }

  /** The result of a call, if it is a stream, is wanted at once. */
  iterated([, id, items, bytes]: Message): void {
    if (!this.#running.iterated(id as number, whole(items), whole(bytes))) this.#ignored++;
  }

  /** The other side is gone: what still runs for it is told so. */
  end(reason: RpcError): void {
    this.#running.end(reason);
    this.#waiting.clear();
  }

  /** Says no before anything of the call is looked at. */
  #admit(message: Message): void {
    // What was handed out may be called while calls are under way, though nothing new is begun.
    if (this.#refusal !== undefined && !isBased(message[2])) throw this.#refusal;
    const { limits, queuedBytes } = this.#parts;
    if (this.#running.size >= limits.runningCalls) {
      throw new RpcError(
        'OVERLOADED',
        `${this.#running.size} calls are running at the other side already (its limits.runningCalls); make it again later`,
        { delivery: 'not-sent' },
      );
    }
    // Half of what a side that never reads can make wait here: those that are only slow are told.
    if (queuedBytes() >= limits.queuedBytes * 2) {
      throw new RpcError(
        'OVERLOADED',
        `${queuedBytes()} bytes of answers wait at the other side to be read (its limits.queuedBytes); await some calls first`,
        { delivery: 'not-sent' },
      );
    }
  }

  #unsettled(message: Message, extras: Extras | undefined): Kept[] | undefined {
    // A path or a number leads to what is there; most calls use nothing else.
    if (extras?.uses === undefined && !isBased(message[2])) return undefined;
    const uses = extras?.uses;
    if (uses !== undefined && !(Array.isArray(uses) && uses.every((id) => Number.isSafeInteger(id))))
      throw new RpcError('PROTOCOL_ERROR', 'the other side named the results it uses wrongly');
    const unsettled = this.#parts.targets.unsettled(message[2], uses);
    return unsettled.length === 0 ? undefined : unsettled;
  }

  /** Runs once all of the results are there. */
  #wait(running: Running, unsettled: readonly Kept[], run: () => void): void {
    this.#running.waits(running);
    const id = Math.abs(running.id);
    this.#waiting.add(id);
    let left = unsettled.length;
    const settled = (): void => {
      if (--left > 0) return;
      this.#running.waitsNoMore(running, run);
      this.#waiting.gone(id);
      if (!this.#waiting.any) this.#earlyAborts.clear();
    };
    for (const kept of unsettled) kept.whenSettled(settled);
  }

  #begin(
    running: Running,
    message: Message,
    attachments: readonly Attachment[],
    extras: Extras | undefined,
  ): void {
    if (running.cancelled) {
      discardValue(this.#parts, message, attachments);
      running.kept?.settle('failed', new DOMException('the call was cancelled', 'AbortError'));
      return;
    }
    let invocation: Invocation;
    let known = false;
    try {
      const route = this.#parts.targets.find(message[2]);
      known = true;
      const args = message[0] === Code.get ? noArguments : this.#arguments(message, attachments, running);
      invocation = this.#parts.invocations.prepare(message[0], route, args, extras, running.cancellation);
    } catch (error) {
      if (!known) discardValue(this.#parts, message, attachments);
      this.#answer(running, error);
      return;
    }
    this.#start(running, invocation);
  }

  #arguments(message: Message, attachments: readonly Attachment[], running: Running): readonly unknown[] {
    // Plain arguments are what JSON.parse has made of them.
    if (Array.isArray(message[3]) && (message.length === 4 || message[4] === 0)) return message[3];
    const arrived = arrivedValue(message, attachments);
    if (arrived === undefined)
      throw new RpcError('PROTOCOL_ERROR', 'the call came without a list of arguments');
    const imports = new MessageImports(this.#parts.objects, true);
    const args = this.#parts.codec.decode(arrived, imports);
    running.signals = imports.signals;
    if (!Array.isArray(args))
      throw new RpcError('PROTOCOL_ERROR', 'the call came without a list of arguments');
    for (const id of running.signals?.ids ?? []) {
      if (this.#earlyAborts.has(id)) running.signals?.abort(id, this.#earlyAborts.get(id));
    }
    return args;
  }

  #reason(message: Message, attachments: readonly Attachment[], otherwise: string): unknown {
    const arrived = arrivedValue(message, attachments);
    try {
      if (arrived !== undefined)
        return this.#parts.codec.decode(arrived, new MessageImports(this.#parts.objects, false));
    } catch {
      // A reason that cannot be read here is no fault of the other calls: what is aborted is told so without it.
    }
    return new DOMException(otherwise, 'AbortError');
  }

  #start(running: Running, invocation: Invocation): void {
    let result: unknown;
    let thenable: boolean;
    try {
      const { context } = running;
      const { hook } = this.#contexts;
      result = context === undefined || hook === undefined ? invocation() : hook.run(context, invocation);
      thenable = isThenable(result);
    } catch (error) {
      this.#parts.replies.failed(running, error);
      return;
    }
    if (thenable) this.#runs(running, result as PromiseLike<unknown>);
    else this.#parts.replies.succeeded(running, result);
  }

  #runs(running: Running, result: PromiseLike<unknown>): void {
    this.#running.runs(running);
    // A promise of its own around a thenable, which may call back twice or throw.
    Promise.resolve(result).then(
      (value) => {
        this.#running.over(running);
        this.#parts.replies.succeeded(running, value);
      },
      (error: unknown) => {
        this.#running.over(running);
        this.#parts.replies.failed(running, error);
      },
    );
  }

  /** The answer to a call whose function did not run. */
  #answer(running: Running, error: unknown): void {
    const { replies } = this.#parts;
    if (error instanceof KeptFailure) {
      if (error.refused) replies.refuse(running, error.error as RpcError);
      else replies.failed(running, error.error);
    } else if (error instanceof RpcError) replies.refuse(running, error);
    // An export that is not initialised yet throws when it is read.
    else replies.failed(running, error);
  }
}

const noArguments: readonly unknown[] = Object.freeze([]);

function tooManyKept(size: number): RpcError {
  return new RpcError(
    'OVERLOADED',
    `${size} results are kept at the other side already (its limits.references); release some of them`,
    { delivery: 'not-sent' },
  );
}

function extrasOf(message: Message): Extras | undefined {
  const extras = message[message[0] === Code.get ? 3 : 6];
  return typeof extras === 'object' && extras !== null ? extras : undefined;
}

function isBased(wanted: unknown): boolean {
  return Array.isArray(wanted) && typeof wanted[0] === 'number';
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
