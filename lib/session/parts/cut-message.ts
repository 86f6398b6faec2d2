import { Code } from '../../protocol/protocol.ts';
import { spentWith } from '../../shared/spent.ts';

// What a part takes beside its bytes: the message it is, and its length.
const envelopeBytes = 32;

/** What is sent at once of a message that is cut. */
export interface Slice {
  readonly messages: readonly string[];
  readonly attachments: readonly Uint8Array[];
  /** The memory of the message of which nothing is left to be sent. */
  readonly spent: readonly ArrayBuffer[];
  /** How much of the message they are. */
  readonly bytes: number;
  /** What all that takes on the wire, about. */
  readonly takes: number;
}

/** A message that leaves in parts: the text of a batch that holds nothing else, and its attachments, each cut anywhere. */
export class CutMessage {
  readonly #number: number;
  // What has not been cut yet, the text first.
  readonly #rest: Uint8Array[];
  readonly #sizes: readonly number[];
  // How much of the first of these has left.
  #left = 0;
  #place = 0;
  #begun = false;

  /** @param number - Larger than that of every one before. */
  constructor(number: number, text: string, attachments: readonly Uint8Array[]) {
    const whole = [new TextEncoder().encode(`[${text}]`), ...attachments];
    this.#number = number;
    this.#sizes = whole.map((bytes) => bytes.byteLength);
    this.#rest = whole.filter((bytes) => bytes.byteLength > 0);
  }

  get done(): boolean {
    return this.#rest.length === 0;
  }

  /** The next parts: together as many bytes as are wanted, or what is left. */
  next(bytes: number): Slice {
    const messages: string[] = [];
    const attachments: Uint8Array[] = [];
    const complete: Uint8Array[] = [];
    let takes = 0;
    let cut = 0;
    if (!this.#begun) {
      this.#begun = true;
      const announcement = this.#announcement();
      messages.push(announcement);
      takes += announcement.length;
    }
    while (takes < bytes && !this.done) {
      const [first] = this.#rest;
      const part = this.#cut(bytes - takes);
      if (first !== this.#rest[0]) complete.push(first!);
      messages.push(`[${Code.part},${this.#number},${this.#place++}]`);
      attachments.push(part);
      takes += part.byteLength + envelopeBytes;
      cut += part.byteLength;
    }
    return { messages, attachments, spent: spentWith(complete), bytes: cut, takes };
  }

  /** Says that the rest will not come. */
  dropped(): string {
    return `[${Code.drop},${this.#number}]`;
  }

  #announcement(): string {
    const [text, ...attached] = this.#sizes;
    const sizes = attached.length === 0 ? '' : `,[${attached.join(',')}]`;
    return `[${Code.begin},${this.#number},${text}${sizes}]`;
  }

  #cut(room: number): Uint8Array {
    const bytes = this.#rest[0]!;
    const part = bytes.subarray(this.#left, this.#left + room);
    this.#left += part.byteLength;
    if (this.#left === bytes.byteLength) {
      this.#rest.shift();
      this.#left = 0;
    }
    return part;
  }
}
