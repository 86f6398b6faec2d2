import { isBytes, isPort, type AnyPort, type Attachment } from '../shared/attachments.ts';
import { isToBeMoved, stays } from '../values/transfer.ts';

/**
 * The attachments of a message that is being posted, as the session's own: memory that is to be moved and ports are
 * taken from whoever holds them, so that nothing done to them from now on changes what was sent.
 */
export function takeOver(attachments: readonly Attachment[]): readonly Attachment[] {
  return attachments.map((part) => {
    if (isBytes(part)) return isToBeMoved(part.buffer) ? moved(part) : part;
    return isPort(part) ? taken(part) : part;
  });
}

/** The attachments of a message that will not be sent after all, or that nobody reads. */
export function abandon(attachments: readonly Attachment[]): void {
  for (const part of attachments) if (isPort(part)) part.close();
}

/** A port that whoever had it can use no more. Where it has been given away before, one whose other end is closed. */
export function taken(port: AnyPort): AnyPort {
  try {
    return structuredClone(port, { transfer: [port as never] });
  } catch {
    const { port1, port2 } = new MessageChannel();
    port1.close();
    return port2;
  }
}

function moved(bytes: Uint8Array): Uint8Array {
  const buffer = bytes.buffer as ArrayBuffer;
  stays(buffer);
  try {
    return new Uint8Array(structuredClone(buffer, { transfer: [buffer] }));
  } catch {
    // Memory that its owner does not let go of, such as that of WebAssembly.
    return new Uint8Array(bytes);
  }
}
