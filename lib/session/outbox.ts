import type { Channel } from '../channel/channel.ts';
import { frameSize } from '../protocol/frame-size.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import { noAttachments, type Attachment } from '../shared/attachments.ts';
import { afterThisTick } from '../shared/scheduler.ts';
import { Batch } from './batch.ts';
import { abandon, takeOver } from './owned-attachments.ts';

// A batch leaves early past this many characters, so that the other side begins while the rest is still being made.
const earlyChars = 8 * 1024;

/** So many messages are enough for the other side to begin with, where it has nothing to do. */
export const headStart = 32;

/**
 * Joins the messages of one tick into one batch, and keeps what the channel does not take yet.
 *
 * Begins held back: nothing leaves before the other side has said hello.
 */
export class Outbox {
  readonly #channel: Channel;
  #current = new Batch();
  #currentChars = 0;
  #scheduled = false;
  #gathering = false;
  #takes = false;
  // Whole batches that wait for the channel, oldest first.
  #held: Batch[] = [];
  #heldWeight = 0;
  #stopped = false;
  #largestBatch = Infinity;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** What waits here because the channel takes no more, in bytes. */
  get queuedBytes(): number {
    return this.#takes ? this.#heldWeight : this.#heldWeight + this.#current.weight;
  }

  /**
   * Adds a message to those of this tick. Returns the batch it is in; it is the last one there so far.
   *
   * @param lingers - More will follow from the microtasks of this tick, which may come after its end.
   */
  post(message: string, attachments: readonly Attachment[] = noAttachments, lingers = false): Batch {
    const batch = this.#current;
    if (this.#stopped) {
      abandon(attachments);
      return batch;
    }
    const owned = attachments.length === 0 ? attachments : takeOver(attachments);
    batch.add(message, owned);
    this.#currentChars += frameSize(message.length, owned);
    if (this.#currentChars >= earlyChars) this.flush();
    else if (!this.#scheduled && !this.#gathering) this.#schedule(lingers);
    return batch;
  }

  /** Runs something that posts messages, and hands them over when it is done instead of at the end of the tick. */
  gather(run: () => void): void {
    // Something that runs may wait, blocked, for what arrives next, and so for the answers to that.
    const within = this.#gathering;
    this.#gathering = true;
    try {
      run();
    } finally {
      this.#gathering = within;
      this.flush();
    }
  }

  /** Takes a message back; the caller has made sure that its batch has not been sent. */
  withdraw(batch: Batch, place: number): void {
    // What waited has been dropped, and is counted no more.
    if (this.#stopped) return;
    const before = batch.weight;
    batch.withdraw(place);
    if (batch !== this.#current) this.#heldWeight -= before - batch.weight;
  }

  /** Sends a message ahead of everything that waits: the hello, and the last words of a side that fails to start. */
  sendAhead(message: string, attachments: readonly Attachment[] = noAttachments): void {
    if (this.#stopped) return;
    // What the channel says about its buffer concerns what follows, and that is held back still.
    this.#channel.send(`[${message}]`, attachments.length === 0 ? attachments : takeOver(attachments));
  }

  /**
   * The other side has said how large a batch may be. What waits and is larger on its own is not sent.
   *
   * @returns How many messages that were.
   */
  limitBatches(bytes: number): number {
    this.#largestBatch = bytes;
    let dropped = 0;
    for (const batch of [...this.#held, this.#current]) {
      for (let place = 0; place < batch.length; place++) {
        if (batch.fits(place, bytes)) continue;
        this.withdraw(batch, place);
        dropped++;
      }
    }
    return dropped;
  }

  /** The other side takes values of less. What waits and holds more is not sent; gives how many messages that were. */
  dropBeyond(bounds: TextLimits): number {
    let dropped = 0;
    for (const batch of [...this.#held, this.#current]) {
      for (let place = 0; place < batch.length; place++) {
        if (batch.excess(place, bounds) === undefined) continue;
        this.withdraw(batch, place);
        dropped++;
      }
    }
    return dropped;
  }

  /** The channel takes batches, or takes them again. */
  release(): void {
    this.#takes = true;
    const held = this.#held;
    this.#held = [];
    this.#heldWeight = 0;
    for (let place = 0; place < held.length; place++) {
      this.#send(held[place]!);
      if (this.#takes) continue;
      this.#held = held.slice(place + 1);
      for (const batch of this.#held) this.#heldWeight += batch.weight;
      return;
    }
    this.flush();
  }

  /** Hands over what has been posted so far, without waiting for the end of the tick. */
  flush(): void {
    const batch = this.#current;
    if (batch.length === 0) return;
    this.#current = new Batch();
    this.#currentChars = 0;
    if (this.#takes) {
      this.#send(batch);
    } else {
      this.#held.push(batch);
      this.#heldWeight += batch.weight;
    }
  }

  /** Hands over what has been posted in this tick where that is a head start for the other side. */
  flushHeadStart(): void {
    if (this.#current.length >= headStart) this.flush();
  }

  /** Hands over everything whether the channel likes it or not: the process is about to end. */
  flushAll(): void {
    this.flush();
    const held = this.#held;
    this.#held = [];
    for (const batch of held) this.#send(batch);
  }

  /** Drops what waits; the channel is gone. */
  stop(): void {
    this.#stopped = true;
    for (const batch of this.#held) batch.abandon();
    this.#current.abandon();
    this.#held = [];
    this.#heldWeight = 0;
    this.#current = new Batch();
  }

  #send(batch: Batch): void {
    if (batch.isEmpty || this.#stopped) return;
    batch.sent = true;
    for (const { text, attachments } of batch.parts(this.#largestBatch))
      this.#takes = this.#channel.send(text, attachments);
  }

  #schedule(lingers: boolean): void {
    this.#scheduled = true;
    const leave = (): void => {
      this.#scheduled = false;
      this.flush();
    };
    if (lingers) queueMicrotask(() => afterThisTick(leave));
    else afterThisTick(leave);
  }
}
