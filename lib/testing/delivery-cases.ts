import { isBytes } from '../shared/attachments.ts';
import { conformanceCase, expectThat, numbered, someTurns, untilArrived } from './conformance-case.ts';
import { expected, type End } from './end.ts';
import type { ConformanceCase } from './testing.ts';

const largeBytes = 8 * 1024 * 1024;

const texts: readonly string[] = [
  '',
  // NUL and other control characters.
  '"\u0000\u0001\u001e\u007f"',
  '"Grüße, žluťoučký, \u0639\u0631\u0628\u064a, 日本語"',
  // Beyond the basic plane.
  '"😀👩‍👩‍👧𝕏"',
  // Lone surrogates travel as JSON escapes; as they are they have no UTF-8.
  String.raw`"\ud800 \udfff"`,
  // What JavaScript takes for ends of lines, and other people's.
  '"\u2028\u2029\u0085"',
  '"\r\n \n \r"',
  // A byte order mark.
  '\ufeff"bom"\ufeff',
];

const attachedLengths: readonly (readonly number[])[] = [
  [],
  [5],
  [0],
  [0, 7, 0, 0, 1, 0],
  Array.from({ length: 300 }, (_, index) => (index * 37) % 513),
  [],
];

/** What is sent arrives: whole, once, in order, as it was. */
export const deliveryCases: readonly ConformanceCase[] = [
  conformanceCase('delivers batches in the order in which they were sent', async ({ here, there }) => {
    here.open();
    there.open();
    const forth = numbered(100, 'forth');
    const back = numbered(100, 'back');
    for (let index = 0; index < 100; index++) {
      // Large and small ones, with bytes and without, take different ways in many channels.
      here.send(forth[index]!, index % 3 === 0 ? [bytesOf(index * 100, index)] : undefined);
      there.send(back[index]!, index % 5 === 0 ? [bytesOf(index, index)] : undefined);
      if (index % 10 === 0) await someTurns();
    }
    await untilArrived(there, forth);
    await untilArrived(here, back);
  }),

  conformanceCase('delivers 1,000 batches that were sent at once', async ({ here, there }) => {
    here.open();
    there.open();
    const all = numbered(1000);
    for (const text of all) here.send(text);
    await untilArrived(there, all);
  }),

  conformanceCase('delivers 1,000 batches, each sent when the one before was answered', async (ends) => {
    const { here, there } = ends;
    const all = numbered(1000);
    there.onBatch = ({ text }) => void there.send(text);
    here.onBatch = () => {
      const next = all[here.batches.length];
      if (next !== undefined) here.send(next);
    };
    here.open();
    there.open();
    here.send(all[0]!);
    await untilArrived(here, all);
    await untilArrived(there, all);
  }),

  conformanceCase('carries text as it is, whatever is in it', async ({ here, there }) => {
    here.open();
    there.open();
    for (const text of texts) {
      here.send(text);
      here.send(text, [bytesOf(3, 1)]);
    }
    await untilArrived(
      there,
      texts.flatMap((text) => [text, text]),
    );
  }),

  conformanceCase('carries attachments as they are, none or many, empty or not', async ({ here, there }) => {
    here.open();
    there.open();
    const batches = attachedLengths.map((lengths) => () => lengths.map(bytesOf));
    for (const make of batches) here.send('"batch"', make());
    await untilArrived(
      there,
      batches.map(() => '"batch"'),
    );
    for (const [index, make] of batches.entries()) expectAttachments(there, index, make());
  }),

  conformanceCase('gives attachments memory of their own, of exactly their length', async (ends) => {
    const { here, there } = ends;
    here.open();
    there.open();
    const pool = bytesOf(4096, 1);
    const shared = new Uint8Array(new SharedArrayBuffer(64)).fill(9);
    const twice = bytesOf(10, 2);
    const sent = [
      pool.subarray(100, 132),
      pool.subarray(132, 150),
      shared,
      shared.subarray(8, 16),
      twice,
      twice,
    ];
    const copies = sent.map((bytes) => new Uint8Array(bytes));
    here.send('"views"', sent);
    await untilArrived(there, ['"views"']);
    expectAttachments(there, 0, copies);
    const attachments = bytesIn(there, 0);
    for (const [index, { buffer, byteLength }] of attachments.entries()) {
      expectThat(
        buffer instanceof ArrayBuffer && buffer.byteLength === byteLength,
        `attachment ${index} to have a buffer of exactly its ${byteLength} bytes, and it has ` +
          `${buffer.byteLength} ${buffer instanceof ArrayBuffer ? '' : 'shared '}bytes`,
      );
    }
    const buffers = new Set([...sent, ...attachments].map((bytes) => bytes.buffer));
    // The pool, the shared memory and what was given twice are three.
    expectThat(
      buffers.size === 3 + attachments.length,
      'each attachment to have memory that neither the sender nor another attachment holds',
    );
  }),

  conformanceCase('carries a text of 8 MiB', async ({ here, there }) => {
    here.open();
    there.open();
    const text = JSON.stringify('0123456789abcdef'.repeat(largeBytes / 16));
    here.send(text);
    here.send('"after"');
    await untilArrived(there, [text, '"after"']);
  }),

  conformanceCase('carries an attachment of 8 MiB', async ({ here, there }) => {
    here.open();
    there.open();
    here.send('"large"', [bytesOf(largeBytes, 3), bytesOf(1, 4)]);
    here.send('"after"');
    await untilArrived(there, ['"large"', '"after"']);
    expectAttachments(there, 0, [bytesOf(largeBytes, 3), bytesOf(1, 4)]);
  }),

  conformanceCase('delivers nothing from inside open or send', async ({ here, there }) => {
    here.send('"before either was opened"');
    await someTurns();
    // What happens inside a call is a fault of the receiver that all cases use.
    there.open();
    here.open();
    there.send('"back"');
    here.send('"forth"');
    await untilArrived(there, ['"before either was opened"', '"forth"']);
    await untilArrived(here, ['"back"']);
  }),

  conformanceCase('keeps what arrived before it was opened', async ({ here, there }) => {
    here.open();
    const early = numbered(100, 'early');
    for (const text of early) here.send(text, [bytesOf(8, 5)]);
    await someTurns();
    there.open();
    const late = numbered(10, 'late');
    for (const text of late) here.send(text);
    await untilArrived(there, [...early, ...late]);
  }),

  conformanceCase('lets ref and unref be called at any time', async ({ here, there }) => {
    const both = (end: End): void => {
      end.channel.unref?.();
      end.channel.unref?.();
      end.channel.ref?.();
      end.channel.ref?.();
    };
    both(here);
    here.open();
    there.open();
    both(here);
    both(there);
    here.send('"sent"');
    both(here);
    await untilArrived(there, ['"sent"']);
    const closed = here.close();
    both(here);
    both(there);
    await closed;
    both(here);
    await there.untilClosed();
    both(there);
  }),
];

/** Bytes that can be told from others. */
export function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8) + seed) & 0xff;
  return bytes;
}

/** The attachments of a batch, which must all be bytes. */
export function bytesIn(end: End, batch: number): readonly Uint8Array[] {
  return (end.batches[batch]?.attachments ?? []).map((part, index) => {
    if (isBytes(part) && part instanceof Uint8Array) return part;
    throw expected(`attachment ${index} to be a Uint8Array`);
  });
}

function expectAttachments(end: End, batch: number, wanted: readonly Uint8Array[]): void {
  const attachments = bytesIn(end, batch);
  expectThat(
    attachments.length === wanted.length,
    `${wanted.length} attachments with batch ${batch}, and there were ${attachments.length}`,
  );
  for (const [index, bytes] of attachments.entries()) {
    const right = wanted[index]!;
    expectThat(
      bytes.byteLength === right.byteLength,
      `attachment ${index} to have ${right.byteLength} bytes, and it has ${bytes.byteLength}`,
    );
    const wrong = bytes.findIndex((byte, at) => byte !== right[at]);
    expectThat(wrong === -1, `attachment ${index} to arrive as it was, and byte ${wrong} is another`);
  }
}
