import { RpcError } from '../errors/rpc-error.ts';
import { conformanceCase, expectThat, numbered, untilArrived } from './conformance-case.ts';
import { bytesOf } from './delivery-cases.ts';
import { expected, type End } from './end.ts';
import type { ConformanceCase } from './testing.ts';

const batchChars = 16 * 1024;

// More than any buffer between two ends may hold.
const mostChars = 64 * 1024 * 1024;

// A channel that has room again says so within this; one that stays silent for longer has none.
const quietMs = 150;

/** A channel says when it has had enough, and takes no more than it should. */
export const flowCases: readonly ConformanceCase[] = [
  conformanceCase(
    'returns false from send while the other end does not read, and drains after',
    async (ends) => {
      const { here, there, pair } = ends;
      here.open();
      let resume: (() => void) | undefined;
      if (pair.stall !== undefined) {
        there.open();
        resume = await pair.stall();
      }
      const sent = await fill(here);
      if (resume === undefined) there.open();
      else resume();
      await here.until('drained() to be called once the other end reads', () => !here.blocked);
      here.send('"after"');
      await untilArrived(there, [...sent, '"after"']);
    },
  ),

  conformanceCase('queues what is sent although send returned false', async ({ here, there }) => {
    here.open();
    const texts = numbered(200).map((text) => text.padEnd(batchChars));
    for (const text of texts) here.send(text);
    there.open();
    await untilArrived(there, texts);
  }),

  conformanceCase('takes a batch of exactly the limit', async ({ here, there, pair }) => {
    here.open();
    there.open();
    const text = 'x'.repeat(pair.messageBytes);
    here.send(text);
    here.send('"after"');
    await untilArrived(there, [text, '"after"']);
  }),

  ...[
    { what: 'text', send: (end: End, bytes: number) => end.send('x'.repeat(bytes)) },
    { what: 'bytes', send: (end: End, bytes: number) => end.send('"x"', [bytesOf(bytes, 1)]) },
  ].map(({ what, send }) =>
    conformanceCase(`ends at both sides when a batch has too much ${what}`, async ({ here, there, pair }) => {
      here.open();
      there.open();
      here.send('"before"');
      send(here, pair.messageBytes + 1);
      const error = await there.untilClosed();
      expectThat(
        error instanceof RpcError && error.code === 'PROTOCOL_ERROR',
        `closed() to be called with a PROTOCOL_ERROR, and it was called with ${String(error)}`,
      );
      await here.untilClosed();
      await untilArrived(there, ['"before"']);
    }),
  ),
];

/** Sends until the channel takes no more and stays so. Returns what was sent. */
async function fill(end: End): Promise<string[]> {
  const sent: string[] = [];
  for (;;) {
    let more = true;
    while (more) {
      if (sent.length * batchChars > mostChars)
        throw expected(`send() to return false, and it took ${mostChars} characters that nobody read`);
      const text = String(sent.length).padEnd(batchChars, '.');
      sent.push(text);
      more = end.send(text);
      // A channel may learn of the other end's buffer only when the event loop turns.
      if (sent.length % 4 === 0) await delay(1);
    }
    await delay(quietMs);
    if (end.blocked) return sent;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
