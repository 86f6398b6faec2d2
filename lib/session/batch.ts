import { noAttachments } from '../shared/attachments.ts';

/** Messages that leave together. */
export class Batch {
  /** Whether it has been handed to the channel. */
  sent = false;
  /** What the messages take up while they wait, bookkeeping included. */
  weight = 0;
  /** The most that it can take on the wire: two brackets, and for each character three bytes. */
  size = 2;
  readonly #messages: string[] = [];
  // By the message's place; most batches have none.
  #attachments: Map<number, readonly Uint8Array[]> | undefined;
  #withdrawn = 0;

  get length(): number {
    return this.#messages.length;
  }

  add(message: string, attachments: readonly Uint8Array[]): void {
    this.size += message.length * 3 + 1;
    for (const bytes of attachments) this.size += 4 + bytes.byteLength;
    if (attachments.length > 0) (this.#attachments ??= new Map()).set(this.#messages.length, attachments);
    this.#messages.push(message);
  }

  /** Takes a message out again; the caller has made sure that the batch has not been sent. */
  withdraw(place: number): void {
    this.#messages[place] = '';
    this.#attachments?.delete(place);
    this.#withdrawn++;
  }

  get isEmpty(): boolean {
    return this.#messages.length === this.#withdrawn;
  }

  /** The messages one by one, for a receiver that does not take them together. */
  *parts(): Iterable<{ text: string; attachments: readonly Uint8Array[] }> {
    for (const [place, message] of this.#messages.entries()) {
      if (message === '') continue;
      yield { text: `[${message}]`, attachments: this.#attachments?.get(place) ?? noAttachments };
    }
  }

  get text(): string {
    const left = this.#withdrawn === 0 ? this.#messages : this.#messages.filter((message) => message !== '');
    return `[${left.join(',')}]`;
  }

  get attachments(): readonly Uint8Array[] | undefined {
    if (this.#attachments === undefined) return undefined;
    // A Map keeps the order of insertion, which is that of the messages.
    return [...this.#attachments.values()].flat();
  }
}
