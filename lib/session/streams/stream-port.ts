import type { Encoded } from '../../values/values.ts';
import { attachedBytes, type Attachment } from '../../shared/attachments.ts';

/** What the two ends of a stream need of their session. */
export interface StreamPort {
  /**
   * Writes a value.
   *
   * @throws RpcError `NOT_SERIALIZABLE`, `OVERLOADED`, `TOO_LARGE`
   */
  encode(value: unknown, root: string): Encoded;
  /** The same for what was thrown. Never throws. */
  encodeThrown(thrown: unknown): Encoded;
  post(text: string, attachments?: readonly Attachment[]): void;
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
