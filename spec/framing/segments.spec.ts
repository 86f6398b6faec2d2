import { describe, expect, test } from 'vitest';

import {
  encodeSegments,
  largestPayloadBytes,
  SegmentDecoder,
  wrapInSegments,
} from '../../lib/framing/segments.ts';

const mark = Buffer.from([0x00, 0x50, 0x43, 0x1e]);

/** What a decoder makes of a stream: `p` for payload, `n` for noise, neighbours of one kind joined. */
function decoded(chunks: readonly Uint8Array[]): [kind: 'p' | 'n', text: string][] {
  const found: [kind: 'p' | 'n', bytes: Buffer][] = [];
  const add = (kind: 'p' | 'n', bytes: Buffer): void => {
    const last = found.at(-1);
    // Copied: the bytes may be reused once this returns.
    if (last?.[0] === kind) last[1] = Buffer.concat([last[1], bytes]);
    else found.push([kind, Buffer.from(bytes)]);
  };
  const decoder = new SegmentDecoder(
    (bytes) => add('p', bytes),
    (bytes) => add('n', bytes),
  );
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    decoder.push(reused);
    reused.fill(0xee);
  }
  decoder.end();
  return found.map(([kind, bytes]) => [kind, bytes.toString('latin1')]);
}

function segment(text: string): Buffer {
  return encodeSegments([Buffer.from(text, 'latin1')], 4008)[0]!;
}

/** Every way to cut a stream in two, and all of its bytes alone. */
function* cuts(stream: Buffer): Generator<Buffer[]> {
  for (let at = 0; at <= stream.length; at++) yield [stream.subarray(0, at), stream.subarray(at)];
  yield [...stream].map((byte) => Buffer.from([byte]));
}

describe('segments', () => {
  test('begin with the mark, the length, and the length turned over', () => {
    expect([...segment('abc')]).toEqual([0x00, 0x50, 0x43, 0x1e, 0, 3, 0xff, 0xfc, 97, 98, 99]);
  });

  test('cut a stream into pieces that are no longer than was asked for', () => {
    const stream = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index & 0xff));
    const segments = encodeSegments([stream.subarray(0, 100), stream.subarray(100)], 4096);
    expect(segments.map(({ length }) => length)).toEqual([4096, 4096, 10_000 - 2 * 4088 + 8]);
    expect(decoded(segments)).toEqual([['p', stream.toString('latin1')]]);
  });

  test('may be as large as their length can say', () => {
    const stream = Buffer.alloc(largestPayloadBytes + 1, 'x');
    const segments = encodeSegments([stream], Infinity);
    expect(segments.map(({ length }) => length)).toEqual([largestPayloadBytes + 8, 9]);
    expect(decoded(segments)).toEqual([['p', stream.toString('latin1')]]);
  });

  test('of a stream that nobody else writes to hold the chunks as they are', () => {
    const chunks = [Buffer.alloc(largestPayloadBytes - 10, 'x'), Buffer.alloc(30, 'y'), Buffer.alloc(5, 'z')];
    const wrapped = wrapInSegments(chunks);
    expect(wrapped.map(({ length }) => length)).toEqual([8, largestPayloadBytes - 10, 10, 8, 20, 5]);
    expect(wrapped[1]!.buffer).toBe(chunks[0]!.buffer);
    expect(decoded([Buffer.concat(wrapped)])).toEqual([['p', Buffer.concat(chunks).toString('latin1')]]);
    expect(wrapInSegments([new Uint8Array(0)])).toEqual([]);
  });

  test('are none where there is nothing to send', () => {
    expect(encodeSegments([], 4000)).toEqual([]);
    expect(encodeSegments([new Uint8Array(0)], 4000)).toEqual([]);
  });
});

describe('noise', () => {
  const streams: Record<string, { stream: Buffer; found: ReturnType<typeof decoded> }> = {
    'before, between and after segments': {
      stream: Buffer.concat([
        Buffer.from('before\n'),
        segment('one'),
        Buffer.from('between'),
        segment('two'),
        Buffer.from('after\n'),
      ]),
      found: [
        ['n', 'before\n'],
        ['p', 'one'],
        ['n', 'between'],
        ['p', 'two'],
        ['n', 'after\n'],
      ],
    },
    'of half a line before segments that follow at once': {
      stream: Buffer.concat([Buffer.from('no end of line'), segment('one'), segment('two')]),
      found: [
        ['n', 'no end of line'],
        ['p', 'onetwo'],
      ],
    },
    'that holds a mark with lengths that do not fit': {
      stream: Buffer.concat([mark, Buffer.from('\0\u0003\0\u0003abc'), segment('one')]),
      found: [
        ['n', `${mark.toString('latin1')}\0\u0003\0\u0003abc`],
        ['p', 'one'],
      ],
    },
    'that ends in the beginning of a mark': {
      stream: Buffer.concat([Buffer.from('x'), mark.subarray(0, 3), segment('one')]),
      found: [
        ['n', `x${mark.toString('latin1', 0, 3)}`],
        ['p', 'one'],
      ],
    },
    'of one mark after another': {
      stream: Buffer.concat([mark, mark, mark, segment('one')]),
      found: [
        ['n', mark.toString('latin1').repeat(3)],
        ['p', 'one'],
      ],
    },
    'of bytes that are no text': {
      stream: Buffer.concat([Buffer.from([0xff, 0x00, 0x00, 0x50, 0xfe]), segment('one')]),
      found: [
        ['n', '\xff\0\0P\xfe'],
        ['p', 'one'],
      ],
    },
    'and a payload that holds a whole segment': {
      stream: Buffer.concat([Buffer.from('x'), segment(segment('inner').toString('latin1'))]),
      found: [
        ['n', 'x'],
        ['p', segment('inner').toString('latin1')],
      ],
    },
  };

  test.each(Object.entries(streams))(
    '%s is told apart, wherever the stream is cut',
    (_, { stream, found }) => {
      for (const chunks of cuts(stream)) expect(decoded(chunks)).toEqual(found);
    },
  );

  test('at the end that could have become a segment is handed over, half a segment is no noise', () => {
    expect(decoded([Buffer.from('abc'), mark.subarray(0, 2)])).toEqual([
      ['n', `abc${mark.toString('latin1', 0, 2)}`],
    ]);
    expect(decoded([segment('cut off').subarray(0, -3)])).toEqual([['p', 'cut ']]);
  });

  test('is handed over at once where it cannot become a segment', () => {
    const noise: string[] = [];
    const decoder = new SegmentDecoder(
      () => {},
      (bytes) => noise.push(bytes.toString()),
    );
    decoder.push(Buffer.from('Password: '));
    expect(noise).toEqual(['Password: ']);
  });
});
