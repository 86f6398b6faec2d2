import { RpcError } from '../errors/rpc-error.ts';
import { fits, frameSize, utf8Length } from '../protocol/frame-size.ts';
import { Code, Form, type Message } from '../protocol/protocol.ts';
import type { Limits } from '../protocol/limits.ts';
import { plainText } from '../values/flat-text.ts';
import type { Codec, Encoded } from '../values/values.ts';
import { arrivedValue, valueFields } from './arrived.ts';
import { discardValue } from './discard.ts';
import { MessageExports } from './message-exports.ts';
import { MessageImports } from './message-imports.ts';
import type { Outbox } from './outbox.ts';
import type { SharedObjects } from './shared-objects.ts';
import { Inflow } from './streams/inflow.ts';
import { Outflow } from './streams/outflow.ts';
import type { StreamPort, Written } from './streams/stream-port.ts';
import { attachedBytes, noAttachments, type Attachment } from '../shared/attachments.ts';
import { whole } from './whole.ts';

// Room for what is around the value in the message of an item, and around the message in a batch.
const envelopeBytes = 64;

/** What {@link SessionStreams} is made of. */
export interface SessionStreamsParts {
  readonly outbox: Outbox;
  readonly codec: Codec;
  readonly limits: Limits;
  readonly onError: (error: unknown) => void;
  /** The first end has begun to wait for the other side, or the last has stopped. */
  readonly waiting: (any: boolean) => void;
}

/** Carries the messages of streams between their ends and the session. */
export class SessionStreams implements StreamPort {
  readonly window: StreamPort['window'];
  readonly #parts: SessionStreamsParts;
  #objects!: SharedObjects;
  #largestMessage: number;
  #waiting = 0;

  constructor(parts: SessionStreamsParts) {
    const { limits } = parts;
    this.#parts = parts;
    this.#largestMessage = limits.messageBytes;
    this.window = { items: limits.streamItems, bytes: limits.streamBytes };
  }

  /** The streams, and what else can be in an item. */
  serve(objects: SharedObjects): void {
    this.#objects = objects;
  }

  /** The other side has said how large a message may be. */
  limitMessages(bytes: number): void {
    this.#largestMessage = Math.min(this.#largestMessage, bytes);
  }

  encode(value: unknown, root: string): Written {
    const short = this.#parts.codec.short(value);
    const exports = short === undefined ? new MessageExports(this.#objects) : undefined;
    const encoded =
      exports === undefined ? plainText(short!) : this.#parts.codec.encode(value, root, exports);
    const most = this.#largestMessage - envelopeBytes;
    if (fits(encoded.text, encoded.attachments, most)) return written(encoded, exports);
    exports?.undo(0);
    throw new RpcError(
      'TOO_LARGE',
      `${root} takes ${frameSize(utf8Length(encoded.text), encoded.attachments)} bytes, the other side takes messages ` +
        `of at most ${this.#largestMessage}. Send it in parts, or raise limits.messageBytes on both sides`,
    );
  }

  encodeThrown(thrown: unknown): Written {
    const exports = new MessageExports(this.#objects);
    const encoded = this.#parts.codec.encodeThrown(thrown, exports);
    if (fits(encoded.text, encoded.attachments, this.#largestMessage - envelopeBytes))
      return written(encoded, exports);
    exports.undo(0);
    const stand = new RpcError('TOO_LARGE', 'the stream failed with an error that is too large to be sent');
    return this.#parts.codec.encodeThrown(stand, new MessageExports(this.#objects));
  }

  post(about: object, text: string, value?: Written): void {
    this.#parts.outbox.postItem(text, value?.attachments ?? noAttachments, about, value);
    // What reads a stream does so while more of it is made.
    this.#parts.outbox.flushHeadStart();
  }

  postItem(about: object, stream: number, item: Written, weight: number): void {
    const { text, form, attachments, brings } = item;
    if (weight > 0) {
      const how = `${form},${attachments.length},${weight}`;
      return this.post(about, `[${Code.item},${stream},${text},${how}]`, item);
    }
    if (form !== Form.plain || attachments.length > 0 || brings !== undefined)
      return this.post(about, `[${Code.item},${stream},${valueFields(item)}]`, item);
    this.#parts.outbox.postShort(Code.item, stream, '', text, about);
    this.#parts.outbox.flushHeadStart();
  }

  hasRoomFor(weight: number): boolean {
    return this.#parts.outbox.hasRoomFor(weight);
  }

  whenRoom(run: () => void): void {
    this.#parts.outbox.whenRoom(run);
  }

  report(error: unknown): void {
    this.#parts.onError(error);
  }

  waiting(change: 1 | -1): void {
    this.#waiting += change;
    if (change === 1 && this.#waiting === 1) this.#parts.waiting(true);
    else if (this.#waiting === 0) this.#parts.waiting(false);
  }

  /**
   * A message about a stream. One that is over is none of its business any more.
   *
   * @param batchChars - The length of the text of the batch it came in.
   */
  received(message: Message, attachments: readonly Attachment[], batchChars: number): void {
    const [code, id, a, b] = message;
    const { streams } = this.#objects;
    switch (code) {
      case Code.item:
        return this.#item(message, attachments, batchChars);
      case Code.end:
      case Code.fail: {
        const inflow = streams.find(id, Inflow);
        if (inflow === undefined) return this.#discard(message, attachments);
        if (code === Code.end) this.#read(message, attachments, (value) => inflow.end(value), inflow);
        else this.#read(message, attachments, (error) => inflow.fail(error), inflow);
        return;
      }
      case Code.credit:
        return streams.producer(id)?.credit(whole(a), whole(b));
      case Code.next: {
        const outflow = streams.find(id, Outflow);
        if (outflow === undefined) return this.#discard(message, attachments);
        return this.#read(message, attachments, (value) => outflow.next(value), outflow);
      }
      default: {
        const producer = streams.producer(id);
        if (producer === undefined) return this.#discard(message, attachments);
        return this.#read(message, attachments, (value) => void producer.stop(a, value), producer);
      }
    }
  }

  #item(message: Message, attachments: readonly Attachment[], batchChars: number): void {
    const inflow = this.#objects.streams.find(message[1], Inflow);
    if (inflow === undefined) return this.#discard(message, attachments);
    const weight = message[5] === undefined ? 0 : whole(message[5]);
    let bytes = 0;
    for (const part of attachments) bytes += attachedBytes(part);
    // Only where much has come at once could text have been sent that is not accounted for.
    if (batchChars > manyChars && weight < batchChars / 2) bytes += JSON.stringify(message[2]).length / 2;
    const wrong =
      weight < bytes - lightBytes
        ? new RpcError('PROTOCOL_ERROR', 'the other side sent an item that is heavier than it says')
        : undefined;
    this.#read(
      message,
      attachments,
      (value) => {
        const problem = wrong ?? inflow.item(value, weight);
        if (problem !== undefined) inflow.cancel(problem);
      },
      inflow,
    );
  }

  /** Reads the value of a message; one that cannot be read ends the stream. */
  #read(
    message: Message,
    attachments: readonly Attachment[],
    use: (value: unknown) => void,
    end: { cancel(reason: unknown): void },
  ): void {
    let value: unknown;
    try {
      const arrived = arrivedValue(message, attachments);
      if (arrived !== undefined)
        value =
          arrived.form === 0
            ? arrived.json
            : this.#parts.codec.decode(arrived, new MessageImports(this.#objects, false));
    } catch (error) {
      end.cancel(error);
      return;
    }
    use(value);
  }

  #discard(message: Message, attachments: readonly Attachment[]): void {
    discardValue({ codec: this.#parts.codec, objects: this.#objects }, message, attachments);
  }
}

// An item may hold this much beside its text without saying so.
const lightBytes = 512;

// Small messages leave in batches of no more than about this many characters.
const manyChars = 16 * 1024;

function written(encoded: Encoded, exports: MessageExports | undefined): Written {
  const brings = exports?.brings;
  return brings === undefined ? encoded : { ...encoded, brings };
}
