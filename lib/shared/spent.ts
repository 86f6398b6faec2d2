import { isBytes, type Attachment } from './attachments.ts';

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
