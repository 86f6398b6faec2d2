import { noAttachments, type Attachment } from '../shared/attachments.ts';
import { abandon } from './owned-attachments.ts';
import { excessOfMessage, type TextLimits } from '../protocol/text-size.ts';
import { fits, frameSize, utf8Length } from '../protocol/frame-size.ts';
import { headChars, Series, type ShortCode } from './series.ts';

// What a waiting message costs beside its text: the entry for it, its promise, the string's own head.
const bookkeepingBytes = 256;

// What a batch has around its messages and between them.
const brackets = 2;
const comma = 1;

/** What is sent as one. */
export interface Part {
  readonly text: string;
  readonly attachments?: readonly Attachment[] | undefined;
}

/** Messages that leave together. */
export class Batch {
  /** What the messages take up while they wait, bookkeeping included. */
  weight = 0;
  // Of one in a series only its value.
  #messages: string[] = [];
  #firstSeries: Series | undefined;
  #lastSeries: Series | undefined;
  // By the message's place; most batches have none.
  #attachments: Map<number, readonly Attachment[]> | undefined;
  #withdrawn = 0;
  #sent = false;
  // Its characters and bytes, those of messages that were taken out included.
  #size = brackets;

  /** Whether it has been handed to the channel. */
  get sent(): boolean {
    return this.#sent;
  }

  /** It is about to be handed over. Calls that wait for replies keep it, but nothing of what was in it. */
  leaves(): void {
    this.#sent = true;
    this.#messages = [];
    this.#firstSeries = this.#lastSeries = undefined;
    this.#attachments = undefined;
  }

  get length(): number {
    return this.#messages.length;
  }

  add(message: string, attachments: readonly Attachment[]): void {
    if (attachments.length > 0) (this.#attachments ??= new Map()).set(this.#messages.length, attachments);
    this.#messages.push(message);
    this.weight += weightOf(message, attachments);
    this.#size += frameSize(message.length + comma, attachments);
  }

  /**
   * Adds a message that may leave in a series with others like it.
   *
   * @param value - Its text; plain.
   */
  addShort(code: ShortCode, id: number, target: string, value: string): void {
    const place = this.#messages.length;
    const last = this.#lastSeries;
    if (last === undefined) this.#firstSeries = this.#lastSeries = new Series(place, code, id, target);
    else if (last.end !== place || !last.takes(code, id, target))
      this.#lastSeries = last.next = new Series(place, code, id, target);
    this.#messages.push(value);
    this.weight += value.length + bookkeepingBytes;
    this.#size += value.length + target.length + headChars;
  }

  /** Takes a message out again; the caller has made sure that the batch has not been sent. */
  withdraw(place: number): void {
    const message = this.#messages[place];
    if (message === undefined || message === '') return;
    this.weight -= weightOf(message, this.#attachmentsOf(place));
    this.#messages[place] = '';
    abandon(this.#attachmentsOf(place));
    this.#attachments?.delete(place);
    this.#withdrawn++;
  }

  /** None of it will be sent. */
  abandon(): void {
    for (const attachments of this.#attachments?.values() ?? []) abandon(attachments);
  }

  /** Whether a message in it, sent alone, is no larger than the other side takes. */
  fits(place: number, limit: number): boolean {
    return fits(`[${this.#text(place)}]`, this.#attachmentsOf(place), limit);
  }

  /** Which bound of the other side's a message in it passes, if one. */
  excess(place: number, bounds: TextLimits): keyof TextLimits | undefined {
    return excessOfMessage(this.#text(place), bounds);
  }

  /** The message at a place, and its attachments. */
  message(place: number): readonly [text: string, attachments: readonly Attachment[]] {
    return [this.#text(place), this.#attachmentsOf(place)];
  }

  get isEmpty(): boolean {
    return this.#messages.length === this.#withdrawn;
  }

  /**
   * What is to be sent: all of it as one where that is no larger than the other side takes, or else in parts.
   *
   * @param series - Whether the other side reads them.
   */
  parts(limit: number, series: boolean): readonly Part[] {
    // Of a message alone its maker has seen to the size.
    if (this.#messages.length === 1)
      return [{ text: `[${this.#text(0)}]`, attachments: this.#attachmentsOf(0) }];
    // In bytes it is at most three times its characters.
    if (this.#size * 3 <= limit) return [this.#whole(series)];
    const parts: { messages: string[]; attachments: Attachment[] }[] = [];
    let bytes = Infinity;
    for (const [place, message] of this.#alone().entries()) {
      if (message === '') continue;
      const own = this.#attachmentsOf(place);
      const size = frameSize(utf8Length(message), own);
      if (bytes + size + comma > limit) {
        parts.push({ messages: [], attachments: [] });
        bytes = brackets - comma;
      }
      const part = parts.at(-1)!;
      part.messages.push(message);
      part.attachments.push(...own);
      bytes += size + comma;
    }
    return parts.map(({ messages, attachments }) => ({ text: `[${messages.join(',')}]`, attachments }));
  }

  #whole(series: boolean): Part {
    // What has been taken out has left a gap in the numbers.
    const messages =
      this.#withdrawn > 0
        ? this.#alone().filter((message) => message !== '')
        : series
          ? this.#joined()
          : this.#alone();
    // A Map keeps the order of insertion, which is that of the messages.
    const attachments = this.#attachments && [...this.#attachments.values()].flat();
    return { text: `[${messages.join(',')}]`, attachments };
  }

  /** The messages, those of each series as one. */
  #joined(): readonly string[] {
    if (this.#firstSeries === undefined) return this.#messages;
    const joined: string[] = [];
    let place = 0;
    for (let series: Series | undefined = this.#firstSeries; series !== undefined; series = series.next) {
      while (place < series.start) joined.push(this.#messages[place++]!);
      const values = this.#messages.slice(place, series.end);
      joined.push(values.length === 1 ? series.alone(place, values[0]!) : series.joined(values));
      place = series.end;
    }
    while (place < this.#messages.length) joined.push(this.#messages[place++]!);
    return joined;
  }

  /** The messages one by one; those that were taken out are empty. */
  #alone(): readonly string[] {
    if (this.#firstSeries === undefined) return this.#messages;
    const alone = [...this.#messages];
    for (let series: Series | undefined = this.#firstSeries; series !== undefined; series = series.next)
      for (let place = series.start; place < series.end; place++) {
        const value = alone[place]!;
        if (value !== '') alone[place] = series.alone(place, value);
      }
    return alone;
  }

  #text(place: number): string {
    const text = this.#messages[place] ?? '';
    let series = this.#firstSeries;
    while (series !== undefined && series.end <= place) series = series.next;
    return text === '' || series === undefined || place < series.start ? text : series.alone(place, text);
  }

  #attachmentsOf(place: number): readonly Attachment[] {
    return this.#attachments?.get(place) ?? noAttachments;
  }
}

/** What a message takes up while it waits. */
function weightOf(message: string, attachments: readonly Attachment[]): number {
  return frameSize(message.length, attachments) + bookkeepingBytes;
}
