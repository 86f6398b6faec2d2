import { RpcError } from '../../errors/rpc-error.ts';
import { frameSize } from '../../protocol/frame-size.ts';
import type { Limits } from '../../protocol/limits.ts';
import { Code, type Message } from '../../protocol/protocol.ts';
import { readBatch } from '../../protocol/read-batch.ts';
import { messageBounds } from '../../protocol/text-size.ts';
import { isBytes, type Attachment } from '../../shared/attachments.ts';
import { attachmentCount } from '../arrived.ts';
import { Gathered } from './gathered.ts';

/** A message that has come in parts. */
interface Whole {
  readonly message: Message;
  readonly attachments: readonly Attachment[];
  /** The length of its text. */
  readonly chars: number;
}

/** What is under way. */
interface Incoming {
  readonly number: number;
  readonly text: Gathered;
  readonly attachments: readonly Gathered[];
  /** The place of the part that comes next. */
  next: number;
  /** How many of the attachments are there. */
  complete: number;
}

/** Puts together what the other side sends in parts: one batch at a time, each with one message. */
export class Assembly {
  readonly #limits: Pick<Limits, 'messageBytes' | 'depth' | 'elements'>;
  #incoming: Incoming | undefined;
  #lastNumber = 0;

  constructor(limits: Pick<Limits, 'messageBytes' | 'depth' | 'elements'>) {
    this.#limits = limits;
  }

  /**
   * One of the messages `begin`, `part` and `drop`.
   *
   * @returns The message of which this was the last part.
   * @throws RpcError `PROTOCOL_ERROR`
   */
  received(message: Message, attachments: readonly Attachment[]): Whole | undefined {
    const [code, number] = message;
    if (!isNumber(number)) throw wrong(`a part of ${JSON.stringify(number)}`);
    if (code === Code.begin) return this.#begin(number, message);
    if (number > this.#lastNumber) throw wrong(`a part of message ${number}, which it has not begun`);
    const incoming = this.#incoming;
    // What has come twice is there already.
    if (incoming === undefined || number !== incoming.number) return undefined;
    if (code === Code.part) return this.#part(incoming, message, attachments[0]);
    this.#incoming = undefined;
    return undefined;
  }

  /** Where the bytes of a part are to lie that is arriving: with those before it. */
  room(text: string, place: number, bytes: number): Uint8Array | undefined {
    const incoming = this.#incoming;
    if (incoming === undefined || place !== 0) return undefined;
    if (text !== `[[${Code.part},${incoming.number},${incoming.next}]]`) return undefined;
    return filling(incoming).room(bytes);
  }

  /** Nothing is allocated for what is announced before it comes. */
  #begin(number: number, [, , textBytes, attached = []]: Message): undefined {
    if (number <= this.#lastNumber) return undefined;
    if (this.#incoming !== undefined) throw wrong('two messages in parts at once');
    const sizes = [textBytes, ...(Array.isArray(attached) ? (attached as unknown[]) : [undefined])];
    if (!sizes.every(isNumber) || textBytes === 0) throw wrong(`a size of ${JSON.stringify(sizes)}`);
    const [text, ...others] = sizes;
    const bytes = others.reduce((sum, size) => sum + frameSize(size, [noBytes]), text!);
    const { messageBytes } = this.#limits;
    if (bytes > messageBytes)
      throw wrong(`a message of ${bytes} bytes; at most ${messageBytes} are taken (limits.messageBytes)`);
    this.#lastNumber = number;
    this.#incoming = {
      number,
      text: new Gathered(text!),
      attachments: others.map((size) => new Gathered(size)),
      next: 0,
      complete: 0,
    };
    return undefined;
  }

  #part(incoming: Incoming, [, , place]: Message, part: Attachment | undefined): Whole | undefined {
    if (isNumber(place) && place < incoming.next) return undefined;
    if (place !== incoming.next++) throw wrong(`part ${JSON.stringify(place)} of a message out of order`);
    if (part === undefined || !isBytes(part) || part.byteLength === 0) throw wrong('a part without bytes');
    const { text, attachments } = incoming;
    filling(incoming).add(part);
    if (!text.done) return undefined;
    while (attachments[incoming.complete]?.done === true) incoming.complete++;
    if (incoming.complete < attachments.length) return undefined;
    this.#incoming = undefined;
    return this.#whole(incoming);
  }

  #whole({ text, attachments }: Incoming): Whole {
    const batch = new TextDecoder('utf-8', { ignoreBOM: true }).decode(text.bytes);
    const [message, ...others] = readBatch(batch, messageBounds(this.#limits));
    if (message === undefined || others.length > 0 || inParts.has(message[0]))
      throw wrong('parts that are not those of one message');
    if (attachmentCount(message) !== attachments.length)
      throw wrong('a message in parts with other attachments than it announced');
    return { message, attachments: attachments.map(({ bytes }) => bytes), chars: batch.length };
  }
}

/** What the next bytes belong to. */
function filling({ text, attachments, complete }: Incoming): Gathered {
  return text.done ? attachments[complete]! : text;
}

// What concerns the parts themselves, what comes before all others, and what stands for several.
const inParts: ReadonlySet<number> = new Set([
  Code.begin,
  Code.part,
  Code.drop,
  Code.hello,
  Code.calls,
  Code.results,
  Code.items,
]);

const noBytes = new Uint8Array(0);

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function wrong(what: string): RpcError {
  return new RpcError('PROTOCOL_ERROR', `the other side sent ${what}`);
}
