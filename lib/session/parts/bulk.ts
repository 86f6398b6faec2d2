import { frameSize } from '../../protocol/frame-size.ts';
import { isBytes, noAttachments, type Attachment } from '../../shared/attachments.ts';
import { spentWith } from '../../shared/spent.ts';
import { FleetingMap } from '../../shared/fleeting-map.ts';
import { Batch } from '../batch.ts';
import { CutMessage } from './cut-message.ts';

// The announcement of a message that is cut names the size of each attachment.
const mostAttachments = 1000;

/** What a message has to do with others. */
export interface Order {
  /** What it makes known to the other side, which later messages may be about. */
  readonly brings?: readonly unknown[] | undefined;
  /** What it needs at the other side, and leaves behind. */
  readonly after?: readonly unknown[] | undefined;
}

/** A message that leaves behind the small ones. */
interface Entry {
  /** It alone. */
  readonly batch: Batch;
  /** What it concerns, and what it makes known. */
  readonly keys: readonly unknown[];
  /** The last batch that was posted before it. */
  readonly behind: Batch | undefined;
  cut?: CutMessage;
  weight: number;
}

/** What is sent next of the messages that wait. */
export interface Load {
  readonly messages: readonly string[];
  readonly attachments: readonly Attachment[];
  /** Memory of which nothing is left to be sent. */
  readonly spent: readonly ArrayBuffer[];
  /** The messages of which nothing is left to be sent. */
  readonly complete: readonly Batch[];
}

/**
 * Messages that leave when nothing else does, in the order in which they were posted, and piece by piece where they are
 * large: a call that was made later need not wait for them. One after the other, so that the other side has no more than
 * one to put together.
 */
export class Bulk {
  #entries: Entry[] = [];
  // How many of them concern each thing.
  readonly #keys = new FleetingMap<unknown, number>();
  #weight = 0;
  #lastNumber = 0;

  get any(): boolean {
    return this.#entries.length > 0;
  }

  /** What they take up while they wait, bookkeeping included. */
  get weight(): number {
    return this.#weight;
  }

  /** The messages, each in a batch of its own. */
  get batches(): readonly Batch[] {
    return this.#entries.map(({ batch }) => batch);
  }

  /** Whether a message waits that has to leave before one about this. */
  concerns(about: unknown, order: Order | undefined): boolean {
    return this.#keys.has(about) || order?.after?.some((key) => this.#keys.has(key)) === true;
  }

  /**
   * @param batch - With one message.
   * @param behind - The last batch that was posted before it.
   */
  add(batch: Batch, about: unknown, order: Order | undefined, behind: Batch | undefined): void {
    const { weight } = batch;
    const keys = [about, ...(order?.brings ?? [])];
    this.#entries.push({ batch, keys, behind, weight });
    this.#weight += weight;
    for (const key of keys) this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
  }

  /** Takes a message out that has not left whole. Tells whether it was there. */
  withdraw(batch: Batch): boolean {
    const place = this.#entries.findIndex((entry) => entry.batch === batch);
    const entry = this.#entries[place];
    if (entry === undefined) return false;
    batch.withdraw(0);
    this.#entries.splice(place, 1);
    this.#forget(entry);
    if (entry.cut === undefined) return true;
    // The other side has to know before the next one begins.
    const drop = new Batch();
    drop.add(entry.cut.dropped(), noAttachments);
    this.#entries.unshift({ batch: drop, keys: [], behind: undefined, weight: drop.weight });
    this.#weight += drop.weight;
    return true;
  }

  /** Whether the next one may leave although small messages wait: all that came before it have left. */
  get ready(): boolean {
    const [first] = this.#entries;
    return first !== undefined && (first.behind === undefined || first.behind.sent || first.behind.isEmpty);
  }

  /**
   * What is to be sent next, where anything is.
   *
   * @param bytes - About how much.
   * @param cuts - Whether what is larger alone is sent in parts.
   */
  next(bytes: number, cuts: boolean): Load | undefined {
    const messages: string[] = [];
    const attachments: Attachment[] = [];
    const spent: ArrayBuffer[] = [];
    const complete: Batch[] = [];
    let room = bytes;
    for (let entry = this.#entries[0]; entry !== undefined && room > 0; entry = this.#entries[0]) {
      const [text, own] = entry.batch.message(0);
      const size = frameSize(text.length, own);
      if (cuts && entry.cut === undefined && size > bytes && isCuttable(own))
        entry.cut = new CutMessage(++this.#lastNumber, text, own);
      const { cut } = entry;
      if (cut !== undefined) {
        const slice = cut.next(room);
        messages.push(...slice.messages);
        attachments.push(...slice.attachments);
        spent.push(...slice.spent);
        room -= slice.takes;
        this.#lighten(entry, slice.bytes);
        if (!cut.done) break;
      } else {
        // Together no more than was asked for, unless it is more alone.
        if (size > room && messages.length > 0) break;
        messages.push(text);
        attachments.push(...own);
        spent.push(...spentWith(own));
        room -= size;
      }
      this.#entries.shift();
      this.#forget(entry);
      complete.push(entry.batch);
    }
    return messages.length === 0 ? undefined : { messages, attachments, spent, complete };
  }

  /** Puts them back among the batches they were posted between; none has begun to leave. */
  backAmong(batches: readonly Batch[]): Batch[] {
    const entries = this.#entries;
    this.clear();
    const behind = (last: Batch | undefined): Batch[] =>
      entries.filter((entry) => entry.behind === last).map(({ batch }) => batch);
    return [...behind(undefined), ...batches.flatMap((batch) => [batch, ...behind(batch)])];
  }

  clear(): void {
    this.#entries = [];
    this.#keys.clear();
    this.#weight = 0;
  }

  #lighten(entry: Entry, bytes: number): void {
    const less = Math.min(bytes, entry.weight);
    entry.weight -= less;
    this.#weight -= less;
  }

  #forget({ keys, weight }: Entry): void {
    this.#weight -= weight;
    for (const key of keys) {
      const left = this.#keys.get(key)! - 1;
      if (left === 0) this.#keys.delete(key);
      else this.#keys.set(key, left);
    }
  }
}

function isCuttable(attachments: readonly Attachment[]): attachments is Uint8Array[] {
  return attachments.length <= mostAttachments && attachments.every(isBytes);
}
