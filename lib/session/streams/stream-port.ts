import type { Encoded } from '../../values/values.ts';
import { attachedBytes } from '../../shared/attachments.ts';

/** A value that has been written. */
export interface Written extends Encoded {
  /** What it makes known to the other side. */
  readonly brings?: readonly unknown[] | undefined;
}

/** What the two ends of a stream need of their session. */
export interface StreamPort {
  /**
   * Writes a value.
   *
   * @throws RpcError `NOT_SERIALIZABLE`, `OVERLOADED`, `TOO_LARGE`
   */
  encode(value: unknown, root: string): Written;
  /** The same for what was thrown. Never throws. */
  encodeThrown(thrown: unknown): Written;
  /**
   * Sends a message.
   *
   * @param about - The stream it is about. These messages keep their order; small ones about something else may go ahead.
   * @param written - The value in it.
   */
  post(about: object, text: string, written?: Written): void;
  /**
   * Sends an item.
   *
   * @param stream - Its number, as the messages of this side name it.
   * @param weight - What the item counts for; it is said where that is anything.
   */
  postItem(about: object, stream: number, item: Written, weight: number): void;
  /**
   * Whether an item would not have to wait for long. Large ones are made as they leave, so that many streams of them hold
   * up nothing else.
   *
   * @param weight - That of the item before: the next one is taken to be like it.
   */
  hasRoomFor(weight: number): boolean;
  /** Calls back once there may be room again, or never will be. */
  whenRoom(run: () => void): void;
  /** Tells of an error that nobody waits for. */
  report(error: unknown): void;
  /** Whether an end waits for the other side, which keeps the process alive. */
  waiting(change: 1 | -1): void;
  /** Items and bytes that one stream may have on their way or waiting to be read here. */
  readonly window: { readonly items: number; readonly bytes: number };
}

/** Items up to here count as nothing: the number of items bounds them. */
export const lightBytes = 512;

/** What an item counts for in the window of its stream. */
export function weightOf({ text, attachments }: Encoded): number {
  let bytes = text.length;
  for (const part of attachments) bytes += attachedBytes(part);
  return bytes <= lightBytes ? 0 : bytes;
}
