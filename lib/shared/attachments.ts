/**
 * What goes beside the text of a batch: bytes, and on a channel that carries them ({@link Carries}) memory that is
 * shared, ports, and handles of the system.
 */
export type Attachment = Uint8Array | object;

/** What a channel can carry beside text and bytes. What it does not name is copied, tunnelled or refused by the session. */
export interface Carries {
  /**
   * The memory of an attachment that fills its buffer is moved to the other side and not copied: the buffer is detached
   * here.
   */
  readonly transfer?: boolean | undefined;
  /** SharedArrayBuffers arrive as themselves, over the same memory. */
  readonly shared?: boolean | undefined;
  /** MessagePorts arrive as themselves. */
  readonly ports?: boolean | undefined;
  /** Sockets and servers of `node:net` arrive as themselves. */
  readonly handles?: boolean | undefined;
}

/** No attachments: what goes with text alone. One frozen list, since most messages have none. */
export const noAttachments: readonly Uint8Array[] = Object.freeze([]);

/** Whether an attachment is bytes, which every channel carries. */
export function isBytes(attachment: Attachment): attachment is Uint8Array {
  return ArrayBuffer.isView(attachment);
}

// To give less back costs more than to leave it to the garbage collector. More goes back to the system page by page, and
// is asked for again in the same way by the next message, which costs more than it spares.
const leastSpentBytes = 16 * 1024;
const mostSpentBytes = 4 * 1024 * 1024;

/** Nothing is given back. */
export const nothingSpent: readonly ArrayBuffer[] = Object.freeze([]);

/** Memory of attachments that is worth giving back, each a buffer that its attachment fills. */
export function spentWith(attachments: readonly Attachment[]): readonly ArrayBuffer[] {
  if (attachments.length === 0) return nothingSpent;
  const spent: ArrayBuffer[] = [];
  for (const part of attachments) if (isBytes(part) && isWorthIt(part)) spent.push(part.buffer);
  return spent;
}

function isWorthIt(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  if (byteLength < leastSpentBytes || byteLength > mostSpentBytes) return false;
  return byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
}

/** The bytes of an attachment; what is carried as itself has none. */
export function attachedBytes(attachment: Attachment): number {
  return isBytes(attachment) ? attachment.byteLength : 0;
}

/** Whether an attachment is memory that two threads can share. */
export function isShared(attachment: unknown): attachment is SharedArrayBuffer {
  return typeof SharedArrayBuffer === 'function' && attachment instanceof SharedArrayBuffer;
}

/** A MessagePort, as far as every runtime has it. */
export interface AnyPort {
  postMessage(message: unknown, transfer?: readonly object[]): void;
  start(): void;
  close(): void;
}

/** Whether a value is a MessagePort. */
export function isPort(value: unknown): value is AnyPort {
  return typeof MessagePort === 'function' && value instanceof MessagePort;
}
