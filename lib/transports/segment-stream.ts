import { encodeSegments, SegmentDecoder, wrapInSegments } from '../framing/segments.ts';
import type { ByteStream } from './byte-stream.ts';

// To copy so little is faster than to write it in pieces.
const smallBytes = 4096;

/** How frames share a stream with other people's output. */
export interface SegmentStreamOptions {
  /**
   * Where others write to the stream we write to, how much of one write the system keeps whole: segments are no larger
   * then.
   */
  readonly wholeBytes?: number;
  /** Called with what others wrote between our segments. The bytes may be reused after it returns. */
  readonly onNoise: (bytes: Buffer) => void;
}

/** A byte stream that travels in segments over another one which is not ours alone, such as stdout. */
export function segmentStream(inner: ByteStream, options: SegmentStreamOptions): ByteStream {
  const { wholeBytes, onNoise } = options;
  // What goes by one write each.
  const waiting: Uint8Array[][] = [];
  const writeOn = (): boolean => {
    for (let chunks = waiting.shift(); chunks !== undefined; chunks = waiting.shift()) {
      if (!inner.write(chunks)) return false;
    }
    return true;
  };
  const wait = (chunks: readonly Uint8Array[]): void => {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    const copied = wholeBytes ?? (bytes < smallBytes ? Infinity : undefined);
    if (copied === undefined) waiting.push(wrapInSegments(chunks));
    else waiting.push(...encodeSegments(chunks, copied).map((segment) => [segment]));
  };
  return {
    ...inner,
    start(events) {
      const decoder = new SegmentDecoder((bytes) => events.data(bytes), onNoise);
      inner.start({
        data: (bytes) => decoder.push(bytes),
        written: () => {
          if (writeOn()) events.written();
        },
        ended: () => {
          decoder.end();
          events.ended();
        },
        closed: (error) => events.closed(error),
      });
    },
    write(chunks) {
      wait(chunks);
      return writeOn();
    },
    ...(inner.writeSync !== undefined && {
      writeSync(chunks: readonly Uint8Array[]) {
        wait(chunks);
        inner.writeSync?.(waiting.splice(0).flat());
      },
    }),
  };
}
