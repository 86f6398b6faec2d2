import * as fc from 'fast-check';
import { describe, expect } from 'vitest';

import { RpcError } from '../../lib/errors/rpc-error.ts';
import { FrameDecoder } from '../../lib/framing/frame-decoder.ts';
import { encodeFrame } from '../../lib/framing/frames.ts';
import { encodeSegments, SegmentDecoder } from '../../lib/framing/segments.ts';
import { readBatch } from '../../lib/protocol/read-batch.ts';
import { messageBounds } from '../../lib/protocol/text-size.ts';
import { holds } from './fuzz.ts';

interface Frame {
  readonly text: string;
  readonly attachments: readonly Uint8Array[];
}

const limit = 4096;

const frames = fc.array(
  fc.record({
    text: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text).toString()),
    attachments: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
  }),
  { maxLength: 8 },
);

/** Where to cut a stream, in parts of its length. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

/** What is done to a stream on its way: bytes changed, left out, or put in. */
const mutations = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    how: fc.constantFrom('change', 'drop', 'insert', 'truncate', 'repeat'),
    byte: fc.integer({ min: 0, max: 255 }),
    length: fc.integer({ min: 1, max: 16 }),
  }),
  { minLength: 1, maxLength: 4 },
);

function bytesOf(all: readonly Frame[]): Buffer {
  return Buffer.concat(all.flatMap(({ text, attachments }) => encodeFrame(text, attachments)));
}

function pieces(bytes: Buffer, where: readonly number[]): Buffer[] {
  const at = [0, ...where.map((part) => Math.floor(part * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  // A copy each: the decoder may keep nothing of a chunk, which is spoilt as soon as it is read.
  return at.slice(1).map((end, index) => Buffer.from(bytes.subarray(at[index], end)));
}

function mutated(bytes: Buffer, changes: typeof mutations extends fc.Arbitrary<infer T> ? T : never): Buffer {
  let now = bytes;
  for (const { at, how, byte, length } of changes) {
    const place = Math.floor(at * now.length);
    const before = now.subarray(0, place);
    const rest = now.subarray(place);
    switch (how) {
      case 'change':
        now = Buffer.from(now);
        if (place < now.length) now[place] = byte;
        break;
      case 'drop':
        now = Buffer.concat([before, rest.subarray(length)]);
        break;
      case 'insert':
        now = Buffer.concat([before, Buffer.alloc(length, byte), rest]);
        break;
      case 'truncate':
        now = before;
        break;
      default:
        now = Buffer.concat([before, rest.subarray(0, length), rest]);
    }
  }
  return now;
}

function decoded(chunks: readonly Buffer[]): { frames: Frame[]; error: unknown } {
  const read: Frame[] = [];
  const decoder = new FrameDecoder(limit, (text, attachments) =>
    read.push({ text, attachments: [...attachments] }),
  );
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      chunk.fill(0xff);
    }
  } catch (error) {
    return { frames: read, error };
  }
  return { frames: read, error: undefined };
}

describe('framing', () => {
  holds(
    'any frames, cut anywhere, arrive as they were',
    300,
    fc.property(frames, cuts, (all, where) => {
      expect(decoded(pieces(bytesOf(all), where))).toEqual({ frames: all, error: undefined });
    }),
  );

  holds(
    'whatever is done to a stream: a typed error or frames within the limit, the same however it is cut',
    600,
    fc.property(frames, mutations, cuts, (all, changes, where) => {
      const bytes = mutated(bytesOf(all), changes);
      const whole = decoded([Buffer.from(bytes)]);
      if (whole.error !== undefined) {
        expect(whole.error).toBeInstanceOf(RpcError);
        expect((whole.error as RpcError).code).toBe('PROTOCOL_ERROR');
      }
      for (const { text, attachments } of whole.frames) {
        const size = Buffer.byteLength(text) + attachments.reduce((sum, part) => sum + 4 + part.length, 0);
        // A byte that is no UTF-8 takes up three as the sign for that.
        expect(size).toBeLessThanOrEqual(limit * 3);
      }
      const cut = decoded(pieces(bytes, where));
      expect(cut.frames).toEqual(whole.frames);
      expect((cut.error as Error | undefined)?.message).toBe((whole.error as Error | undefined)?.message);
    }),
  );

  holds(
    'any bytes at all: a typed error, or not one byte more kept than the limit',
    600,
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (chunks) => {
      const { error } = decoded(chunks.map((chunk) => Buffer.from(chunk)));
      if (error !== undefined) expect((error as RpcError).code).toBe('PROTOCOL_ERROR');
    }),
  );
});

describe('segments', () => {
  // Noise that has no mark in it: one would be a segment, as far as anybody can tell.
  const noise = fc.uint8Array({ maxLength: 30 }).map((bytes) => bytes.map((byte) => (byte === 0 ? 1 : byte)));

  holds(
    'payloads and noise between them are told apart wherever the stream is cut',
    400,
    fc.property(
      fc.array(fc.tuple(noise, fc.uint8Array({ maxLength: 100 })), { maxLength: 6 }),
      cuts,
      (parts, where) => {
        const bytes = Buffer.concat(
          parts.flatMap(([between, payload]) => [Buffer.from(between), ...encodeSegments([payload], 45)]),
        );
        const payloads: Buffer[] = [];
        const between: Buffer[] = [];
        const decoder = new SegmentDecoder(
          (payload) => payloads.push(Buffer.from(payload)),
          (others) => between.push(Buffer.from(others)),
        );
        for (const chunk of pieces(bytes, where)) decoder.push(chunk);
        decoder.end();
        expect(Buffer.concat(payloads)).toEqual(Buffer.concat(parts.map(([, payload]) => payload)));
        expect(Buffer.concat(between)).toEqual(Buffer.concat(parts.map(([others]) => others)));
      },
    ),
  );

  holds(
    'whatever is done to a stream, each byte is payload or noise or part of a broken segment, and nothing throws',
    400,
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 6 }),
      mutations,
      cuts,
      (parts, changes, where) => {
        const bytes = mutated(Buffer.concat(encodeSegments(parts, 45)), changes);
        let seen = 0;
        const decoder = new SegmentDecoder(
          (payload) => (seen += payload.length),
          (others) => (seen += others.length),
        );
        for (const chunk of pieces(bytes, where)) decoder.push(chunk);
        decoder.end();
        expect(seen).toBeLessThanOrEqual(bytes.length);
      },
    ),
  );
});

describe('batches', () => {
  const bounds = messageBounds({ depth: 16, elements: 200 });

  holds(
    'any text is messages or a PROTOCOL_ERROR',
    600,
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json({ maxDepth: 80 }),
        fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', ',', ':', '\\', '1', 'a') }),
      ),
      (text) => {
        let batch: readonly unknown[];
        try {
          batch = readBatch(text, bounds);
        } catch (error) {
          expect((error as RpcError).code).toBe('PROTOCOL_ERROR');
          return;
        }
        for (const message of batch) expect(message).toEqual(expect.arrayContaining([expect.any(Number)]));
      },
    ),
  );

  holds(
    'the shape that is seen in a text is that of the value',
    600,
    fc.property(fc.jsonValue({ maxDepth: 12 }), (value) => {
      const text = JSON.stringify([[1, 1, ['f'], [value]]]);
      const { depth, items } = shapeOf(JSON.parse(text));
      const fits = (most: number, least: number): boolean => {
        try {
          readBatch(text, { depth: most, elements: least });
          return true;
        } catch {
          return false;
        }
      };
      expect(fits(depth, Infinity)).toBe(true);
      expect(fits(depth - 1, Infinity)).toBe(false);
      expect(fits(Infinity, items)).toBe(true);
      // The bracket of the batch itself and nothing in it may be less.
      if (items > 2) expect(fits(Infinity, items - 1)).toBe(false);
    }),
  );
});

/** How deep brackets are nested, and how many brackets and commas there are. */
function shapeOf(json: unknown): { depth: number; items: number } {
  if (typeof json !== 'object' || json === null) return { depth: 0, items: 0 };
  const children = Object.values(json).map((child) => shapeOf(child));
  return {
    depth: 1 + Math.max(0, ...children.map(({ depth }) => depth)),
    items: 1 + Math.max(0, children.length - 1) + children.reduce((sum, { items }) => sum + items, 0),
  };
}
