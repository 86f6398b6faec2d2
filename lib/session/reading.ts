import type { Message } from '../protocol/protocol.ts';
import { readBatch } from '../protocol/read-batch.ts';
import { ofSeries, seriesLength } from '../protocol/series.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { noAttachments, type Attachment } from '../shared/attachments.ts';
import { attachmentCount } from './arrived.ts';
import { Pause } from './pause.ts';

/** Whom messages are handed to. */
export interface Reader {
  /**
   * @param batchChars - The length of the batch that the message is from.
   * @throws What is wrong with the message
   */
  read(message: Message, attachments: readonly Attachment[], batchChars: number): void;
  /** What has been posted meanwhile leaves once the batch is read, or sooner where that takes long. */
  readonly answers: { readonly any: boolean; flush(): void };
  /**
   * A batch has been read whole.
   *
   * @throws Where the other side may not go on like this
   */
  done(): void;
  /** A batch, or a message of it, is wrong. */
  failed(error: Error): void;
}

/**
 * Reads batches message by message. A function that is called by one may block this thread for a call of its own: the
 * rest of the batch is read before what comes next, so that messages are read in order, whoever reads them.
 */
export class Reading {
  readonly #bounds: TextLimits;
  readonly #reader: Reader;
  #messages: readonly Message[] = noMessages;
  #attachments: readonly Attachment[] = noAttachments;
  #place = 0;
  // Where in a message that stands for several.
  #within = 0;
  #taken = 0;
  #chars = 0;
  readonly #pause = new Pause();

  /** @param bounds - What a batch may hold. */
  constructor(bounds: TextLimits, reader: Reader) {
    this.#bounds = bounds;
    this.#reader = reader;
  }

  /** A batch has arrived; the one before has been read. */
  received(text: string, attachments: readonly Attachment[]): void {
    try {
      this.#begin(readBatch(text, this.#bounds), attachments);
      this.#chars = text.length;
      const [first] = this.#messages;
      if (this.#messages.length > 1 || (first !== undefined && seriesLength(first) > 1)) this.#pause.begin();
    } catch (error) {
      this.#reader.failed(error as Error);
      return;
    }
    this.readOn(() => false);
  }

  /** Reads what is left of the batch, as far as it is wanted. */
  readOn(enough: () => boolean): void {
    try {
      while (this.#place < this.#messages.length) {
        const message = this.#next();
        this.#reader.read(message, this.#attachmentsOf(message), this.#chars);
        if (enough()) return;
        if (this.#place < this.#messages.length) this.#answerSoon();
      }
      this.#begin(noMessages, noAttachments);
      this.#reader.done();
    } catch (error) {
      this.#begin(noMessages, noAttachments);
      this.#reader.failed(error as Error);
    }
  }

  #answerSoon(): void {
    const { answers } = this.#reader;
    if (answers.any && this.#pause.isLong()) answers.flush();
  }

  #next(): Message {
    const message = this.#messages[this.#place]!;
    const within = this.#within++;
    if (this.#within === seriesLength(message)) {
      this.#place++;
      this.#within = 0;
    }
    return ofSeries(message, within);
  }

  #begin(messages: readonly Message[], attachments: readonly Attachment[]): void {
    this.#messages = messages;
    this.#attachments = attachments;
    this.#place = 0;
    this.#within = 0;
    this.#taken = 0;
  }

  #attachmentsOf(message: Message): readonly Attachment[] {
    const count = attachmentCount(message);
    if (count === 0) return noAttachments;
    const own = this.#attachments.slice(this.#taken, (this.#taken += count));
    if (own.length < count)
      throw new RpcError('PROTOCOL_ERROR', 'the other side sent fewer attachments than it announced');
    return own;
  }
}

const noMessages: readonly Message[] = Object.freeze([]);
