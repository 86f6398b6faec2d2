import { attachedBytes, type Attachment } from '../shared/attachments.ts';

/** What a batch of one message counts for under `limits.messageBytes`: its text, and its attachments with their lengths. */
export function frameSize(textBytes: number, attachments: readonly Attachment[] | undefined): number {
  if (attachments === undefined || attachments.length === 0) return textBytes;
  return attachments.reduce((sum, bytes) => sum + 4 + attachedBytes(bytes), textBytes);
}

/** How many bytes a text takes on the wire. Only counted exactly where it could matter. */
export function fits(text: string, attachments: readonly Attachment[], limit: number): boolean {
  // A UTF-16 code unit takes at most three bytes.
  if (frameSize(text.length * 3, attachments) <= limit) return true;
  return frameSize(utf8Length(text), attachments) <= limit;
}

/** The bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
