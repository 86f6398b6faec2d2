import type { Attachment, Carries } from '../shared/attachments.ts';

/**
 * A way to another process, thread or machine that carries batches of messages in order: what a transport implements
 * and what a session runs on. `portcall/testing` holds the suite that tells whether an implementation is right.
 */
export interface Channel {
  /**
   * What it carries beside text and bytes; nothing where it is left out. Objects of these kinds then come among the
   * attachments, and arrive in the same place among those of the other side. Both ends carry the same.
   */
  readonly carries?: Carries | undefined;

  /**
   * How much of a large message is sent at once, in bytes: for channels on which all that is sent later waits for it, as
   * on a stream of bytes. Small messages then leave between two parts of a large one. Where it is left out, every
   * message is sent whole. May change until the other side's first batch has come.
   */
  readonly partBytes?: number | undefined;

  /**
   * Begins delivery to the receiver. Called once; what has arrived before is kept and delivered first. The receiver is
   * never called from inside a call of the channel.
   */
  open(receiver: Receiver): void;

  /**
   * Sends one batch. The attachments are the channel's from here on: it may keep or transfer their buffers.
   *
   * @param text - The batch's text.
   * @param attachments - The bytes that go with it, and what else the channel says that it carries.
   * @param spent - Buffers behind these bytes of which nothing more will be sent. Once the batch has left, a channel that
   * has kept nothing of them may give their memory back, which otherwise waits for the garbage collector.
   * @returns `true` when more can be sent at once. `false` when the channel has taken this batch but wants no more
   * until it calls `drained`; what is sent all the same is queued without a bound.
   */
  send(text: string, attachments?: readonly Attachment[], spent?: readonly ArrayBuffer[]): boolean;

  /** Ends the channel once all that was sent has left. Fulfils when it is closed; never rejects. */
  close(): Promise<void>;

  /**
   * Ends the channel now; what has not left is dropped, and nothing more is received.
   *
   * @param reason - Handed to the receiver's `closed`.
   */
  destroy(reason?: Error): void;

  /** Lets the channel keep the event loop alive. Channels start referenced. */
  ref?(): void;

  /** Lets the program end although the channel is open. */
  unref?(): void;

  /**
   * Writes out what `send` has queued before it returns, if the channel can. Called from the process's `exit` event,
   * after which nothing asynchronous happens any more.
   */
  flushSync?(): void;
}

/** The side of a channel that listens: a session. */
export interface Receiver {
  /** A batch has arrived. The attachments are the receiver's own: nobody else holds their memory, unless it is shared. */
  received(text: string, attachments: readonly Attachment[]): void;

  /**
   * Where the bytes of an attachment are to lie that has begun to arrive, if the receiver knows. A channel that reads
   * bytes piece by piece may put them there, and hands over that memory among the attachments; none has to.
   *
   * @param text - The text of the batch, which is there already.
   * @param place - Which of its attachments.
   * @param bytes - Its length, and that of what is given.
   */
  room?(text: string, place: number, bytes: number): Uint8Array | undefined;

  /** More can be sent, after a `send` that returned `false`. */
  drained(): void;

  /**
   * The channel has ended; nothing follows. Called exactly once.
   *
   * @param error - Why, when it was not an orderly end by either side.
   */
  closed(error?: Error): void;
}
