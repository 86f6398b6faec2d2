// Standard output belongs to everybody: a native write, a grandchild's `echo`, half a line without its end can land
// between any two of our writes. On stdio the stream of frames is therefore carried in segments, each written whole by
// one system call, and whatever lies between two segments is somebody else's output:
//
//   4 bytes  00 50 43 1e   (NUL, "PC", record separator: no text contains it)
//   u16be    length of what follows
//   u16be    the length again, each bit turned over
//   bytes    a piece of the stream of frames
//
// The kernel does not split a write of up to PIPE_BUF (4,096) bytes to a pipe, nor one of that size to a socket pair;
// where it keeps more whole, segments may be larger.

const mark = Buffer.from([0x00, 0x50, 0x43, 0x1e]);
const headerBytes = 8;

/** The most that a segment can hold. */
export const largestPayloadBytes = 0xffff;

/**
 * Cuts chunks of the stream of frames into segments, each of which is to be written by one call.
 *
 * @param segmentBytes - How long one may be, its header included.
 */
export function encodeSegments(chunks: readonly Uint8Array[], segmentBytes: number): Buffer[] {
  const most = Math.min(segmentBytes - headerBytes, largestPayloadBytes);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  if (bytes === 0) return [];
  if (bytes <= most) return [encodeSegment(chunks, bytes)];
  return cut(chunks, most).map((payload) => encodeSegment(payload.pieces, payload.bytes));
}

function encodeSegment(pieces: readonly Uint8Array[], bytes: number): Buffer {
  const segment = Buffer.allocUnsafe(headerBytes + bytes);
  writeHeader(segment, bytes);
  let at = headerBytes;
  for (const piece of pieces) {
    segment.set(piece, at);
    at += piece.byteLength;
  }
  return segment;
}

/** The same for a stream to which nobody else writes: segments of any size as chunks, with nothing copied. */
export function wrapInSegments(chunks: readonly Uint8Array[]): Uint8Array[] {
  return cut(chunks, largestPayloadBytes).flatMap(({ pieces, bytes }) => {
    const header = Buffer.allocUnsafe(headerBytes);
    writeHeader(header, bytes);
    return [header, ...pieces];
  });
}

/** The payload of a segment. */
interface Payload {
  readonly pieces: Uint8Array[];
  bytes: number;
}

function cut(chunks: readonly Uint8Array[], payloadBytes: number): readonly Payload[] {
  const payloads: Payload[] = [];
  let last: Payload | undefined;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      if (last === undefined || last.bytes === payloadBytes) payloads.push((last = { pieces: [], bytes: 0 }));
      const piece = chunk.subarray(at, at + payloadBytes - last.bytes);
      last.pieces.push(piece);
      last.bytes += piece.byteLength;
      at += piece.byteLength;
    }
  }
  return payloads;
}

function writeHeader(segment: Buffer, payloadBytes: number): void {
  mark.copy(segment, 0);
  segment.writeUInt16BE(payloadBytes, 4);
  segment.writeUInt16BE(~payloadBytes & 0xffff, 6);
}

/** Tells segments from the noise between them. */
export class SegmentDecoder {
  readonly #onPayload: (bytes: Buffer) => void;
  readonly #onNoise: (bytes: Buffer) => void;
  // The beginning of something that may become the header of a segment.
  #kept: Buffer = Buffer.alloc(0);
  // What is to come of the segment under way.
  #left = 0;

  /**
   * @param onPayload - Called with each piece of the stream of frames; the bytes may be reused after it returns.
   * @param onNoise - Called with what lies between segments; the same holds.
   */
  constructor(onPayload: (bytes: Buffer) => void, onNoise: (bytes: Buffer) => void) {
    this.#onPayload = onPayload;
    this.#onNoise = onNoise;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Buffer): void {
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        this.#onPayload(bytes.subarray(at, end));
        at = end;
        continue;
      }
      const start = nextMark(bytes, at);
      if (start > at) this.#onNoise(bytes.subarray(at, start));
      at = start;
      if (bytes.length - at < headerBytes) break;
      const length = bytes.readUInt16BE(at + 4);
      if (length !== (~bytes.readUInt16BE(at + 6) & 0xffff)) {
        // Four bytes that happen to look like a mark.
        this.#onNoise(bytes.subarray(at, at + mark.length));
        at += mark.length;
        continue;
      }
      this.#left = length;
      at += headerBytes;
    }
    // The chunk belongs to its reader, which reuses it.
    this.#kept = at === bytes.length ? bytes.subarray(bytes.length) : Buffer.from(bytes.subarray(at));
  }

  /** Reports what is left over at the end of the stream as noise. */
  end(): void {
    if (this.#kept.length > 0 && !this.#kept.subarray(0, mark.length).equals(mark)) this.#onNoise(this.#kept);
    this.#kept = Buffer.alloc(0);
  }
}

/** Where the next mark begins, or what may become one at the end of the bytes; their end where there is none. */
function nextMark(bytes: Buffer, from: number): number {
  const whole = bytes.indexOf(mark, from);
  if (whole !== -1) return whole;
  for (let length = Math.min(mark.length - 1, bytes.length - from); length > 0; length--) {
    if (bytes.subarray(bytes.length - length).equals(mark.subarray(0, length))) return bytes.length - length;
  }
  return bytes.length;
}
