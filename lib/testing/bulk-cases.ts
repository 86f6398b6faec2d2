import { conformanceCase, expectThat, numbered, someTurns, untilArrived } from './conformance-case.ts';
import { bytesIn, bytesOf } from './delivery-cases.ts';
import type { ConformanceCase } from './testing.ts';

const largeBytes = 300_000;

// Where in its memory a receiver wants bytes to lie, and how much of it is not theirs.
const roomAt = 64;

/** Memory that a channel has asked for, and for what. */
interface Room {
  readonly text: string;
  readonly place: number;
  readonly bytes: number;
  /** Which batch was to come next. */
  readonly batch: number;
  readonly memory: ArrayBuffer;
}

/** What makes large data cheap, where a channel has it: memory of the receiver's, and parts. */
export const bulkCases: readonly ConformanceCase[] = [
  conformanceCase('puts bytes into the room that it asks for, or leaves it', async ({ here, there }) => {
    const texts = numbered(3, 'roomy');
    const lengths = [5, largeBytes, 0, 70];
    const rooms: Room[] = [];
    there.onRoom = (text, place, bytes) => {
      const memory = new ArrayBuffer(roomAt * 2 + bytes);
      rooms.push({ text, place, bytes, batch: there.batches.length, memory });
      // It does not always know where, and a channel then has to find its own memory.
      return place === 0 ? undefined : new Uint8Array(memory, roomAt, bytes);
    };
    here.open();
    there.open();
    for (const [batch, text] of texts.entries())
      here.send(
        text,
        lengths.map((bytes, place) => bytesOf(bytes, batch + place)),
      );
    await untilArrived(there, texts);
    for (const [batch, { attachments }] of there.batches.entries()) {
      for (const [place, length] of lengths.entries()) {
        const part = attachments[place] as Uint8Array;
        const wanted = bytesOf(length, batch + place);
        expectThat(
          part.byteLength === length && part.every((byte, at) => byte === wanted[at]),
          `attachment ${place} of batch ${batch} to arrive as it was, with room or without`,
        );
      }
    }
    for (const { text, place, bytes, batch, memory } of rooms) {
      expectThat(
        text === texts[batch] && bytes === lengths[place],
        `room to be asked for with the text of batch ${batch} and the length of its attachment ${place}, ` +
          `and it was with ${JSON.stringify(text)} and ${bytes}`,
      );
      const around = [new Uint8Array(memory, 0, roomAt), new Uint8Array(memory, roomAt + bytes)];
      expectThat(
        around.every((outside) => outside.every((byte) => byte === 0)),
        `nothing to be written around the room of attachment ${place}`,
      );
    }
  }),

  conformanceCase('gives no memory back before what was in it has left', async ({ here, there }) => {
    here.open();
    there.open();
    const texts = numbered(10, 'spent');
    // Sent at once, and more than any channel takes: most of them wait.
    for (const [batch, text] of texts.entries()) {
      const first = bytesOf(largeBytes / 10, batch);
      const whole = bytesOf(largeBytes, batch + 1);
      const cut = whole.subarray(largeBytes / 2);
      if (batch % 2 === 0) {
        here.send(text, [first, whole], [first.buffer, whole.buffer]);
      } else {
        here.send(`${text}${text}`, [first, whole.subarray(0, largeBytes / 2)], [first.buffer]);
        here.send(text, [cut], [whole.buffer]);
      }
    }
    await untilArrived(
      there,
      texts.flatMap((text, batch) => (batch % 2 === 0 ? text : [`${text}${text}`, text])),
    );
    let arrived = 0;
    for (let batch = 0; batch < texts.length; batch++) {
      const parts = [...bytesIn(there, arrived++), ...(batch % 2 === 0 ? [] : bytesIn(there, arrived++))];
      const wanted = [bytesOf(largeBytes / 10, batch), bytesOf(largeBytes, batch + 1)];
      expectThat(
        areSame(parts, wanted),
        `the attachments of batch ${arrived - 1} to arrive as they were when their memory was said to be spent`,
      );
    }
  }),

  conformanceCase('names a size of parts that it can send, and keeps to it', async (ends) => {
    const { here, there, pair } = ends;
    here.open();
    there.open();
    // Until the other side's first batch has come it may change.
    there.send('"first"');
    await untilArrived(here, ['"first"']);
    const { partBytes } = pair.here;
    if (partBytes === undefined) return;
    expectThat(
      Number.isSafeInteger(partBytes) && partBytes > 0 && partBytes <= pair.messageBytes,
      `partBytes to be a whole number from 1 to ${pair.messageBytes}, and it was ${partBytes}`,
    );
    const texts = numbered(8, 'part');
    for (const text of texts) here.send(text, [bytesOf(partBytes - text.length, 1)]);
    await untilArrived(there, texts);
    await someTurns();
    const { partBytes: later } = pair.here;
    expectThat(
      later === partBytes,
      `partBytes to stay ${partBytes} after the first batch, and it became ${later}`,
    );
  }),
];

/** Whether bytes are the same, wherever they are cut. */
function areSame(parts: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean {
  const [some, others] = [joined(parts), joined(wanted)];
  return some.length === others.length && some.every((byte, at) => byte === others[at]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
