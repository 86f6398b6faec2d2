import type { Channel } from '../channel/channel.ts';
import { frameSize } from '../protocol/frame-size.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import { noAttachments, type Attachment } from '../shared/attachments.ts';
import { spentWith } from '../shared/spent.ts';
import { afterThisTick } from '../shared/scheduler.ts';
import { Batch } from './batch.ts';
import { abandon, takeOver } from './owned-attachments.ts';
import type { Order } from './parts/bulk.ts';
import { Pump } from './parts/pump.ts';
import { Series, type ShortCode } from './series.ts';

// A batch leaves early past this many characters, so that the other side begins while the rest is still being made.
const earlyChars = 8 * 1024;

/** So many messages are enough for the other side to begin with, where it has nothing to do. */
export const headStart = 32;

const comma = 1;

// Values past this leave alone: there is little to be spared.
const shortChars = 512;

/**
 * Joins the messages of one tick into one batch, and keeps what the channel does not take yet.
 *
 * Begins held back: nothing leaves before the other side has said hello.
 *
 * Where the channel says so, large messages wait apart, and leave in parts when nothing small waits.
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
  // Whether the other side reads series.
  #series = false;
  // What leaves in parts.
  readonly #pump: Pump;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.#pump = new Pump({
      takes: () => this.#takes,
      mostBytes: () => this.#largestBatch,
      flush: () => this.flush(),
      send: (...load) => void (this.#takes = channel.send(...load)),
    });
  }

  /** What waits here because the channel takes no more, in bytes. */
  get queuedBytes(): number {
    const held = this.#heldWeight + this.#pump.weight;
    return this.#takes ? held : held + this.#current.weight;
  }

  /**
   * Adds a message to those of this tick. Returns the batch it is in; it is the last one there so far.
   *
   * @param lingers - More will follow from the microtasks of this tick, which may come after its end.
   * @param about - What it concerns: it leaves behind the messages that wait about the same, or have made it known, and
   * in parts where it is large. Where this is left out, it leaves whole, behind no more than what is small.
   */
  post(
    message: string,
    attachments: readonly Attachment[] = noAttachments,
    lingers = false,
    about?: unknown,
    order?: Order,
  ): Batch {
    const batch = this.#current;
    if (this.#stopped) {
      abandon(attachments);
      return batch;
    }
    const owned = attachments.length === 0 ? attachments : takeOver(attachments);
    const size = frameSize(message.length, owned);
    if (about !== undefined && this.#pump.concerns(size, about, order))
      return this.#postApart(message, owned, about, order);
    batch.add(message, owned);
    this.#added(size, lingers);
    return batch;
  }

  /**
   * Adds a message with a plain value and nothing else: it can leave as one with others like it.
   *
   * @param target - Of a call, as text; empty otherwise.
   * @param value - Its text: a short one.
   * @param about - As for {@link post}.
   */
  postShort(
    code: ShortCode,
    id: number,
    target: string,
    value: string,
    about: unknown,
    order?: Order,
  ): Batch {
    const batch = this.#current;
    if (this.#stopped || this.#pump.any || value.length > shortChars) {
      const text = new Series(0, code, id, target).alone(0, value);
      return this.post(text, noAttachments, false, about, order);
    }
    batch.addShort(code, id, target, value);
    // What they have in common is written once.
    this.#added(value.length + comma, false);
    return batch;
  }

  /** Adds an item of a stream, or what is like one: it leaves behind what is small unless it is small itself. */
  postItem(message: string, attachments: readonly Attachment[], about: unknown, order?: Order): void {
    if (!this.#stopped && this.#pump.concernsItem(frameSize(message.length, attachments)))
      this.#postApart(message, takeOver(attachments), about, order);
    else this.post(message, attachments, false, about, order);
  }

  /** Whether an item of a stream would not have to wait for long. */
  hasRoomFor(bytes: number): boolean {
    return this.#pump.hasRoomFor(bytes);
  }

  /** Calls back once there may be room again, or never will be. */
  whenRoom(run: () => void): void {
    if (this.#stopped) run();
    else this.#pump.whenRoom(run);
  }

  /** Adds a message that leaves behind everything that has been posted before. */
  postBehind(message: string): void {
    if (this.#pump.any && !this.#stopped) this.#postApart(message, noAttachments, message, undefined);
    else this.post(message);
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
    if (this.#stopped || this.#pump.withdraw(batch)) return;
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
    return this.#drop((batch, place) => !batch.fits(place, bytes));
  }

  /** The other side takes values of less. What waits and holds more is not sent; gives how many messages that were. */
  dropBeyond(bounds: TextLimits): number {
    return this.#drop((batch, place) => batch.excess(place, bounds) !== undefined);
  }

  /**
   * It is known how much of a large message is to be sent at once.
   *
   * @param bytes - Left out where messages are sent whole, in the order in which they were posted.
   */
  cutBy(bytes: number | undefined): void {
    this.#pump.cutBy(bytes ?? Infinity);
    if (bytes !== undefined || !this.#pump.any) return;
    this.flush();
    this.#held = this.#pump.backAmong(this.#held);
    this.#weighHeld();
  }

  /**
   * The other side reads series.
   *
   * @param elements - How many values it takes in one message.
   */
  writeSeries(elements: number): void {
    // A value is a character at least, and a batch has no more of them.
    this.#series = elements > earlyChars + shortChars;
  }

  /** The channel takes batches, or takes them again. */
  release(): void {
    this.#takes = true;
    const waiting = this.#held;
    let sent = 0;
    while (sent < waiting.length && this.#takes) {
      if (this.#pump.isDue) this.#pump.send();
      else this.#send(waiting[sent++]!);
    }
    this.#held = waiting.slice(sent);
    this.#weighHeld();
    if (this.#held.length > 0) return;
    this.flush();
    this.#pump.run();
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

  /** Whether anything has been posted that has not been handed over yet. */
  get any(): boolean {
    return this.#current.length > 0;
  }

  /** Hands over what has been posted in this tick where that is a head start for the other side. */
  flushHeadStart(): void {
    if (this.#current.length >= headStart) this.flush();
  }

  /** Hands over everything whether the channel likes it or not: the process or the session is about to end. */
  flushAll(): void {
    // Before the other side has said what it takes.
    if (this.#largestBatch === Infinity) this.cutBy(undefined);
    this.flush();
    const held = this.#held;
    this.#held = [];
    this.#heldWeight = 0;
    for (const batch of held) this.#send(batch);
    while (this.#pump.any && !this.#stopped) this.#pump.send();
  }

  /** Drops what waits; the channel is gone. */
  stop(): void {
    this.#stopped = true;
    for (const batch of this.#held) batch.abandon();
    this.#current.abandon();
    this.#held = [];
    this.#heldWeight = 0;
    this.#pump.clear();
    this.#current = new Batch();
  }

  /** Takes back what waits and is too much. */
  #drop(isTooMuch: (batch: Batch, place: number) => boolean): number {
    let dropped = 0;
    for (const batch of [...this.#held, ...this.#pump.batches, this.#current]) {
      for (let place = 0; place < batch.length; place++) {
        if (!isTooMuch(batch, place)) continue;
        this.withdraw(batch, place);
        dropped++;
      }
    }
    return dropped;
  }

  #added(size: number, lingers: boolean): void {
    this.#currentChars += size;
    if (this.#currentChars >= earlyChars) this.flush();
    else if (!this.#scheduled && !this.#gathering) this.#schedule(lingers);
  }

  #send(batch: Batch): void {
    if (batch.isEmpty || this.#stopped) return;
    this.#pump.passed(batch.weight);
    const parts = batch.parts(this.#largestBatch, this.#series);
    batch.leaves();
    for (const { text, attachments = noAttachments } of parts)
      this.#takes = this.#channel.send(text, attachments, spentWith(attachments));
  }

  #postApart(
    message: string,
    attachments: readonly Attachment[],
    about: unknown,
    order: Order | undefined,
  ): Batch {
    // What was posted before leaves before.
    this.flush();
    return this.#pump.add(message, attachments, about, order, this.#held.at(-1));
  }

  #weighHeld(): void {
    this.#heldWeight = this.#held.reduce((sum, batch) => sum + batch.weight, 0);
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
