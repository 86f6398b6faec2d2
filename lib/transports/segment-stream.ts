import {
  atomicPayloadBytes,
  encodeSegments,
  largestPayloadBytes,
  SegmentDecoder,
} from '../framing/segments.ts';
import type { ByteStream } from './byte-stream.ts';

/** How frames share a stream with other people's output. */
export interface SegmentStreamOptions {
  /** Whether others write to the stream we write to: segments are then small enough for the kernel to keep whole. */
  readonly shared: boolean;
  /** Called with what others wrote between our segments. The bytes may be reused after it returns. */
  readonly onNoise: (bytes: Buffer) => void;
}

/** A byte stream that travels in segments over another one which is not ours alone, such as stdout. */
export function segmentStream(inner: ByteStream, options: SegmentStreamOptions): ByteStream {
  const { shared, onNoise } = options;
  const payloadBytes = shared ? atomicPayloadBytes : largestPayloadBytes;
  // One write for each segment: the kernel keeps those whole.
  const waiting: Buffer[] = [];
  const writeOn = (): boolean => {
    for (let segment = waiting.shift(); segment !== undefined; segment = waiting.shift()) {
      if (!inner.write([segment])) return false;
    }
    return true;
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
      waiting.push(...encodeSegments(chunks, payloadBytes));
      return writeOn();
    },
    ...(inner.writeSync !== undefined && {
      writeSync(chunks: readonly Uint8Array[]) {
        inner.writeSync?.([...waiting.splice(0), ...encodeSegments(chunks, payloadBytes)]);
      },
    }),
  };
}
