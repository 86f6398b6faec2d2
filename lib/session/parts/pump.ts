import { afterPendingInput, afterThisTick } from '../../shared/scheduler.ts';
import type { Attachment } from '../../shared/attachments.ts';
import { Batch } from '../batch.ts';
import { Bulk, type Order } from './bulk.ts';

// How much is taken to be large until it is known what the channel takes at once.
const presumedPartBytes = 64 * 1024;

// How much of what waits leaves in one turn of the event loop where nothing is cut: a chunk of 64 KiB and what is around
// it. What the other side asks for meanwhile is seen in between.
const wholeTurnBytes = 68 * 1024;

// Items of streams past this leave behind what is small: a window of them is much to wait for.
const itemBytes = 4 * 1024;

// Small messages go ahead of large ones until this many times a part of them has.
const aheadOfParts = 4;

/** Where messages leave. */
export interface Outlet {
  /** Whether the channel takes more. */
  takes(): boolean;
  /** The most that the other side takes at once. */
  mostBytes(): number;
  /** Hands over what is small and was posted before. */
  flush(): void;
  send(text: string, attachments: readonly Attachment[], spent: readonly ArrayBuffer[]): void;
}

/**
 * Has large messages leave in parts, one for each turn of the event loop, when nothing small waits. What makes items of
 * streams is told whether there is room for more of them, so that they are made as they leave.
 */
export class Pump {
  readonly #outlet: Outlet;
  readonly #bulk = new Bulk();
  // From how many bytes on a message leaves in parts, which are about as large.
  #partBytes = presumedPartBytes;
  // How much leaves at once.
  #turnBytes = presumedPartBytes;
  #scheduled = false;
  // What has left since the last of the parts.
  #ahead = 0;
  // Who waits for room.
  #waiting: (() => void)[] = [];

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Whether anything waits. */
  get any(): boolean {
    return this.#bulk.any;
  }

  /** What waits, bookkeeping included. */
  get weight(): number {
    return this.#bulk.weight;
  }

  /** The messages that wait, each in a batch of its own. */
  get batches(): readonly Batch[] {
    return this.#bulk.batches;
  }

  /** Whether a message has to wait here: it is large, or one waits that it has to leave behind. */
  concerns(bytes: number, about: unknown, order: Order | undefined): boolean {
    return bytes > this.#partBytes || (this.#bulk.any && this.#bulk.concerns(about, order));
  }

  /** The same for an item of a stream, which is large sooner. */
  concernsItem(bytes: number): boolean {
    return bytes > itemBytes;
  }

  /** Whether an item would not have to wait for long: it is small, or less waits than leaves at once. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= itemBytes || this.#hasRoom;
  }

  get #hasRoom(): boolean {
    return this.#bulk.weight < this.#turnBytes;
  }

  /** Calls back once there may be room again, or never will be. */
  whenRoom(run: () => void): void {
    this.#waiting.push(run);
  }

  /** @param behind - The last batch that was posted before it and waits. */
  add(
    message: string,
    attachments: readonly Attachment[],
    about: unknown,
    order: Order | undefined,
    behind: Batch | undefined,
  ): Batch {
    const batch = new Batch();
    batch.add(message, attachments);
    this.#bulk.add(batch, about, order, behind);
    if (this.#outlet.takes()) this.#soon(afterThisTick);
    return batch;
  }

  /** Takes a message out that has not left whole. Tells whether it was there. */
  withdraw(batch: Batch): boolean {
    if (!this.#bulk.any || !this.#bulk.withdraw(batch)) return false;
    this.#tellRoom();
    return true;
  }

  /** It is known how much of a large message is to be sent at once; `Infinity` where they are sent whole. */
  cutBy(bytes: number): void {
    this.#partBytes = bytes;
    this.#turnBytes = bytes === Infinity ? wholeTurnBytes : bytes;
    this.#tellRoom();
  }

  /** Puts all that waits back among the batches it was posted between; none has begun to leave. */
  backAmong(batches: readonly Batch[]): Batch[] {
    return this.#bulk.backAmong(batches);
  }

  /** Something small leaves ahead of what waits. */
  passed(weight: number): void {
    if (this.#bulk.any) this.#ahead += weight;
  }

  /** Whether small messages, which may come without end, have gone ahead long enough. */
  get isDue(): boolean {
    return this.#ahead > this.#turnBytes * aheadOfParts && this.#bulk.ready;
  }

  /** Nothing small waits: sends some of what does, and more once the event loop has turned. */
  run(): void {
    if (!this.#outlet.takes() || !this.#bulk.any || this.#scheduled) return;
    this.send();
    // Even where nothing is left: what is added in this turn waits for the next one.
    if (this.#outlet.takes()) this.#soon(afterPendingInput);
  }

  /** Sends as much as goes at once. */
  send(): void {
    this.#ahead = 0;
    // In bytes a text is at most three times its characters.
    const load = this.#bulk.next(
      Math.min(this.#turnBytes, this.#outlet.mostBytes() / 4),
      this.#partBytes < Infinity,
    );
    if (load === undefined) return;
    for (const batch of load.complete) batch.leaves();
    this.#outlet.send(`[${load.messages.join(',')}]`, load.attachments, load.spent);
    this.#tellRoom();
  }

  /** Drops what waits. */
  clear(): void {
    for (const batch of this.#bulk.batches) batch.abandon();
    this.#bulk.clear();
    this.#tellRoom();
  }

  #tellRoom(): void {
    if (this.#waiting.length === 0 || !this.#hasRoom) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }

  #soon(soon: (run: () => void) => void): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      this.#outlet.flush();
      this.run();
    });
  }
}
