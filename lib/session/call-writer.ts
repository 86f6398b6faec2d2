import type { Call, CallKind } from '../call/call.ts';
import { callName } from '../call/call-name.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { fits, frameSize, utf8Length } from '../protocol/frame-size.ts';
import { Code } from '../protocol/protocol.ts';
import { noAttachments, type Attachment } from '../shared/attachments.ts';
import type { Codec, Encoded } from '../values/values.ts';
import { valueFields } from './arrived.ts';
import { extrasText, hasExtras } from './extras.ts';
import { MessageExports } from './message-exports.ts';
import { Names } from './names.ts';
import type { Outbox } from './outbox.ts';
import type { Order } from './parts/bulk.ts';
import { headChars } from './series.ts';
import type { SharedObjects } from './shared-objects.ts';

/** The message of a call. */
export interface Written {
  readonly id: number;
  /** Of the whole message, or of the arguments where the target is given. */
  readonly text: string;
  /** As text, where the message is a plain call and can leave in a series with others. */
  readonly target?: string;
  readonly attachments: readonly Attachment[];
  /** What goes with the arguments; most calls take only plain values along. */
  readonly exports: MessageExports | undefined;
  readonly order: Order | undefined;
}

/** Gives calls their numbers. */
export interface CallNumbers {
  nextId(): number;
}

/** Writes calls, and what is said about them later. */
export class CallWriter {
  readonly #outbox: Outbox;
  readonly #codec: Codec;
  readonly #objects: SharedObjects;
  readonly #names: Names;
  #largestMessage: number;

  constructor(outbox: Outbox, codec: Codec, objects: SharedObjects, largestMessage: number) {
    this.#outbox = outbox;
    this.#codec = codec;
    this.#objects = objects;
    this.#names = new Names(outbox);
    this.#largestMessage = largestMessage;
  }

  /** The other side has said what it takes. Tells whether that is less than before. */
  limitMessages(bytes: number): boolean {
    if (bytes >= this.#largestMessage) return false;
    this.#largestMessage = bytes;
    return true;
  }

  /**
   * The message of a call. Nothing of the call has been sent or registered when this throws.
   *
   * @param makeExports - What the arguments are written with where they need it.
   * @param numbers - Asked for the call's once everything else is there; it is below 0 where no reply is wanted.
   * @throws RpcError `NOT_SERIALIZABLE`, `OVERLOADED`, `TOO_LARGE`
   */
  write(call: Call, makeExports: () => MessageExports, numbers: CallNumbers): Written {
    const short = call.kind === 'get' ? undefined : this.#codec.short(call.args);
    if (short !== undefined && !hasExtras(call)) {
      const id = numbers.nextId();
      const target = this.#names.written(call.target);
      const order = orderOf(call);
      // In bytes a name is at most three times its characters.
      const around = target.length * 3 + headChars;
      if (id > 0 && call.kind === 'call' && fits(short, noAttachments, this.#largestMessage - around))
        return { id, text: short, target, attachments: noAttachments, exports: undefined, order };
      const text = `[${codes[call.kind as 'call']},${id},${target},${short}]`;
      return this.#fitting(call, { id, text, attachments: noAttachments, exports: undefined, order });
    }
    const exports = makeExports();
    // These two may run code of the user's, which may make calls.
    const encoded = call.kind === 'get' ? undefined : this.#encodeArguments(call, exports);
    const extras = this.#extras(call, exports);
    const id = numbers.nextId();
    const text = messageText(call.kind, id, this.#names.written(call.target), encoded, extras);
    const order = orderOf(call, exports);
    return this.#fitting(call, {
      id,
      text,
      attachments: encoded?.attachments ?? noAttachments,
      exports,
      order,
    });
  }

  #fitting(call: Call, written: Written): Written {
    const { text, attachments, exports } = written;
    // Two more for the brackets of the batch.
    if (fits(text, attachments, this.#largestMessage - 2)) return written;
    exports?.undo(0);
    throw this.tooLarge(call, frameSize(utf8Length(text) + 2, attachments));
  }

  /** The error of a call that is larger than the other side takes. */
  tooLarge(call: Call, bytes?: number): RpcError {
    const much = bytes === undefined ? 'too many' : `${bytes}`;
    return new RpcError(
      'TOO_LARGE',
      `${callName(call)} was not sent: its arguments take ${much} bytes, the other side takes messages of at most ` +
        `${this.#largestMessage}. Send them in parts, or raise limits.messageBytes on both sides`,
      { delivery: 'not-sent' },
    );
  }

  /** Says that nobody waits for a call any more; with the reason of the signal, where one has aborted. */
  postCancel(id: number, signal: AbortSignal | undefined): void {
    if (signal === undefined) this.#outbox.post(`[${Code.cancel},${id}]`);
    else this.#postReason(Code.cancel, id, signal);
  }

  /** Says that a signal among the arguments of a call has aborted. */
  postAbort(number: number, signal: AbortSignal): void {
    this.#postReason(Code.abort, number, signal, signal);
  }

  /** Says why a signal has aborted, unless that is more than the other side takes. */
  #postReason(code: number, id: number, { reason }: AbortSignal, about?: AbortSignal): void {
    const exports = new MessageExports(this.#objects);
    const encoded = this.#codec.encodeThrown(reason, exports);
    const text = `[${code},${id},${valueFields(encoded)}]`;
    if (fits(text, encoded.attachments, this.#largestMessage - 2)) {
      this.#outbox.post(text, encoded.attachments, false, about, exports);
    } else {
      exports.undo(0);
      this.#outbox.post(`[${code},${id}]`, undefined, false, about);
    }
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
}

/** What a call brings along, and the kept results that it needs, whose numbers are below 0. */
function orderOf({ target: { base } }: Call, exports?: MessageExports): Order | undefined {
  if (base === undefined && exports?.uses === undefined) return exports;
  const after = [...(exports?.uses ?? [])].map((id) => -id);
  if (base?.id !== undefined && base.id < 0) after.push(base.id);
  return after.length === 0 ? exports : { brings: exports?.brings, after };
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
