import { describe, expect, test, vi } from 'vitest';

import { FrameDecoder } from '../../lib/framing/frame-decoder.ts';
import { encodeFrame, headerBytes } from '../../lib/framing/frames.ts';
import { frameSize } from '../../lib/protocol/frame-size.ts';

const limit = 1024;

interface Frame {
  readonly text: string;
  readonly attachments: readonly Uint8Array[];
}

const samples: readonly Frame[] = [
  { text: '', attachments: [] },
  { text: '[[9,1]]', attachments: [] },
  { text: '"žluťoučký 😀 \u2028"', attachments: [] },
  { text: '"one"', attachments: [Buffer.from('abc')] },
  { text: '', attachments: [new Uint8Array(0)] },
  { text: '"many"', attachments: [new Uint8Array(0), Buffer.from([1, 2, 3, 4, 5]), new Uint8Array(0)] },
];

describe('a frame', () => {
  test('is what docs/protocol.md says, byte for byte', () => {
    const bytes = Buffer.concat(encodeFrame('é', [Buffer.from([7]), new Uint8Array(0)]));
    expect([...bytes]).toEqual([0, 0, 0, 15, 0, 0, 0, 2, 0xc3, 0xa9, 0, 0, 0, 1, 7, 0, 0, 0, 0]);
  });

  test('does not copy its attachments', () => {
    const attachment = new Uint8Array(10);
    expect(encodeFrame('', [attachment])).toContain(attachment);
  });

  test.each(samples)(
    'counts for what the decoder counts: $text, $attachments.length',
    ({ text, attachments }) => {
      const bytes = Buffer.concat(encodeFrame(text, attachments));
      expect(frameSize(Buffer.byteLength(text), attachments)).toBe(bytes.length - headerBytes);
    },
  );
});

describe('frames in a stream', () => {
  const stream = Buffer.concat(samples.flatMap(({ text, attachments }) => encodeFrame(text, attachments)));

  test('arrive whole when the stream is cut at any byte', () => {
    for (let at = 0; at <= stream.length; at++) {
      expect(decoded([stream.subarray(0, at), stream.subarray(at)])).toEqual(plain(samples));
    }
  });

  test('arrive whole when the stream is cut at any two bytes', () => {
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second += 3) {
        const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
        expect(decoded(chunks)).toEqual(plain(samples));
      }
    }
  });

  test('arrive whole when each byte comes alone', () => {
    expect(decoded([...stream].map((byte) => Buffer.from([byte])))).toEqual(plain(samples));
  });

  test('arrive in order, 1,000 in one chunk', () => {
    const frames = Array.from({ length: 1000 }, (_, index) => ({
      text: `[${index}]`,
      attachments: index % 7 === 0 ? [Buffer.from([index & 0xff])] : [],
    }));
    const chunk = Buffer.concat(frames.flatMap(({ text, attachments }) => encodeFrame(text, attachments)));
    expect(decoded([chunk])).toEqual(plain(frames));
  });

  test('are kept apart from the buffer they were read from', () => {
    const frames: Frame[] = [];
    const decoder = new FrameDecoder(limit, (text, attachments) => frames.push({ text, attachments }));
    for (const byte of stream) {
      const reused = Buffer.from([byte]);
      decoder.push(reused);
      reused.fill(0xee);
    }
    const chunk = Buffer.from(stream);
    decoder.push(chunk);
    chunk.fill(0xee);
    expect(plain(frames)).toEqual(plain([...samples, ...samples]));
  });

  test('have attachments in buffers of exactly their length, each its own', () => {
    const frames: Frame[] = [];
    const decoder = new FrameDecoder(limit, (text, attachments) => frames.push({ text, attachments }));
    decoder.push(stream);
    const attachments = frames.flatMap((frame) => frame.attachments);
    expect(attachments.length).toBe(5);
    for (const { buffer, byteLength, byteOffset } of attachments) {
      expect([buffer.byteLength, byteOffset]).toEqual([byteLength, 0]);
    }
    expect(new Set(attachments.map(({ buffer }) => buffer)).size).toBe(5);
  });

  test('that end anywhere are known to be incomplete, unless a frame ended there', () => {
    const ends = [0];
    for (const { text, attachments } of samples) {
      ends.push(ends.at(-1)! + Buffer.concat(encodeFrame(text, attachments)).length);
    }
    for (let at = 0; at <= stream.length; at++) {
      const frames: string[] = [];
      const decoder = new FrameDecoder(limit, (text) => frames.push(text));
      decoder.push(stream.subarray(0, at));
      expect({ at, midFrame: decoder.midFrame }).toEqual({ at, midFrame: !ends.includes(at) });
      expect(frames.length).toBe(ends.filter((end) => end > 0 && end <= at).length);
    }
  });
});

describe('a malformed frame', () => {
  test.each([
    ['is shorter than its own header', [0, 0, 0, 0, 0, 0, 0, 0]],
    ['has a length that leaves no room for that of the text', [0, 0, 0, 3, 0, 0, 0, 0]],
    ['has a text longer than itself', [0, 0, 0, 6, 0, 0, 0, 3, 65, 65]],
    ['has a text of 4 GiB in a frame of 4 bytes', [0, 0, 0, 4, 255, 255, 255, 255]],
    ['has bytes behind its text that are no attachment', [0, 0, 0, 6, 0, 0, 0, 1, 65, 0]],
    ['has an attachment longer than itself', [0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 2, 1]],
    ['has an attachment of 4 GiB', [0, 0, 0, 9, 0, 0, 0, 0, 255, 255, 255, 255, 1]],
    ['has bytes behind its attachment', [0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0]],
  ])('that %s is refused, however it is cut', (_, bytes) => {
    const whole = Buffer.from(bytes);
    for (let at = 0; at <= whole.length; at++) {
      const frames: string[] = [];
      const decoder = new FrameDecoder(limit, (text) => frames.push(text));
      expect(() => {
        decoder.push(whole.subarray(0, at));
        decoder.push(whole.subarray(at));
      }).toThrow(
        expect.objectContaining({
          code: 'PROTOCOL_ERROR',
          message: expect.stringContaining('malformed frame') as string,
        }) as Error,
      );
      expect(frames).toEqual([]);
    }
  });

  test('does not take along the frames before it', () => {
    const frames: string[] = [];
    const decoder = new FrameDecoder(limit, (text) => frames.push(text));
    const chunk = Buffer.concat([...encodeFrame('"good"', []), Buffer.alloc(8)]);
    expect(() => decoder.push(chunk)).toThrow(/malformed/);
    expect(frames).toEqual(['"good"']);
  });

  test('is what text is taken for', () => {
    const decoder = new FrameDecoder(limit, () => {});
    expect(() => decoder.push(Buffer.from('Hello, is anybody there?'))).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_ERROR' }) as Error,
    );
  });
});

describe('the limit on a frame', () => {
  const shapes: Record<string, (bytes: number) => Uint8Array[]> = {
    'text alone': (bytes) => encodeFrame('x'.repeat(bytes), []),
    'an attachment': (bytes) => encodeFrame('', [new Uint8Array(bytes - 4)]),
    'many attachments': (bytes) => encodeFrame('x'.repeat(bytes % 4), emptyOnes(Math.floor(bytes / 4))),
  };

  test.each(Object.entries(shapes))('takes exactly the limit and not a byte more: %s', (_, make) => {
    let frames = 0;
    const decoder = new FrameDecoder(limit, () => frames++);
    decoder.push(Buffer.concat(make(limit)));
    expect(frames).toBe(1);
    for (const more of [1, 10]) {
      const refused = new FrameDecoder(limit, () => frames++);
      expect(() => refused.push(Buffer.concat(make(limit + more)))).toThrow(
        expect.objectContaining({
          code: 'PROTOCOL_ERROR',
          message: expect.stringContaining(`${limit + more} bytes; at most ${limit}`) as string,
        }) as Error,
      );
    }
    expect(frames).toBe(1);
  });

  test('counts bytes and not characters', () => {
    const decoder = new FrameDecoder(limit, () => {});
    decoder.push(Buffer.concat(encodeFrame('é'.repeat(limit / 2), [])));
    expect(() => decoder.push(Buffer.concat(encodeFrame('é'.repeat(limit / 2 + 1), [])))).toThrow(/at most/);
  });

  test('is checked by the header alone, before anything is allocated', () => {
    const allocate = vi.spyOn(Buffer, 'allocUnsafe');
    try {
      const decoder = new FrameDecoder(limit, () => {});
      allocate.mockClear();
      const header = Buffer.from([0x7f, 255, 255, 255, 0x7f, 255, 255, 0xf0]);
      expect(() => decoder.push(header)).toThrow(/at most/);
      expect(allocate).not.toHaveBeenCalled();
    } finally {
      allocate.mockRestore();
    }
  });
});

describe('the work of decoding', () => {
  test.each([1, 7, 4096])('grows with the input and no faster, in chunks of %i', (chunkBytes) => {
    // Each byte is copied once into the section it belongs to, however it comes.
    const once = copiedBytes(64 * 1024, chunkBytes);
    const twice = copiedBytes(128 * 1024, chunkBytes);
    expect(once).toBeGreaterThan(0);
    expect(twice / once).toBeLessThan(2.1);
    expect(once).toBeLessThan(64 * 1024 * 1.1);
  });

  test('copies nothing of a frame of text that comes whole', () => {
    expect(copiedBytes(64 * 1024, Infinity)).toBe(0);
  });
});

/** How many bytes the decoder copies for a frame of that much text. */
function copiedBytes(textBytes: number, chunkBytes: number): number {
  const stream = Buffer.concat(encodeFrame('x'.repeat(textBytes), []));
  const copy = vi.spyOn(Buffer.prototype, 'copy');
  const frames: number[] = [];
  try {
    const decoder = new FrameDecoder(1024 * 1024, (text) => frames.push(text.length));
    for (let at = 0; at < stream.length; at += chunkBytes) decoder.push(stream.subarray(at, at + chunkBytes));
    expect(frames).toEqual([textBytes]);
    return copy.mock.results.reduce((sum, { value }) => sum + (value as number), 0);
  } finally {
    copy.mockRestore();
  }
}

function decoded(chunks: readonly Buffer[]): unknown {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder(limit, (text, attachments) => frames.push({ text, attachments }));
  for (const chunk of chunks) decoder.push(chunk);
  expect(decoder.midFrame).toBe(false);
  return plain(frames);
}

function plain(frames: readonly Frame[]): unknown {
  return frames.map(({ text, attachments }) => [text, ...attachments.map((bytes) => [...bytes])]);
}

function emptyOnes(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(0));
}
