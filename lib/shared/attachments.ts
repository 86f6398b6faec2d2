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
