// A frame on a byte stream:
//
//   u32be  length of what follows
//   u32be  length of the text
//   text   UTF-8
//   then, for each attachment:  u32be length, bytes
//
// `docs/protocol.md` says the same for people who write a peer.

/** Bytes before a frame's text: the length of the rest and the length of the text. */
export const headerBytes = 8;

/** A frame as chunks to be written in order. The attachments are not copied. */
export function encodeFrame(text: string, attachments: readonly Uint8Array[]): Uint8Array[] {
  const textBytes = Buffer.byteLength(text);
  const attachedBytes = attachments.reduce((sum, bytes) => sum + 4 + bytes.byteLength, 0);
  const [first] = attachments;
  // With the length of the first attachment: each chunk is written on its own.
  const head = Buffer.allocUnsafe(headerBytes + textBytes + (first === undefined ? 0 : 4));
  head.writeUInt32BE(4 + textBytes + attachedBytes, 0);
  head.writeUInt32BE(textBytes, 4);
  head.write(text, headerBytes, textBytes, 'utf8');
  if (first === undefined) return [head];
  head.writeUInt32BE(first.byteLength, headerBytes + textBytes);
  const chunks: Uint8Array[] = [head, first];
  for (const bytes of attachments.slice(1)) {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(bytes.byteLength, 0);
    chunks.push(length, bytes);
  }
  return chunks;
}
