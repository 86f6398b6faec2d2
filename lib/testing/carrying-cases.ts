import { isBytes, isPort, isShared, type AnyPort, type Carries } from '../shared/attachments.ts';
import { conformanceCase, expectThat, untilArrived, type Ends } from './conformance-case.ts';
import { bytesOf } from './delivery-cases.ts';
import type { ConformanceCase } from './testing.ts';

/** What a channel says that it carries beside text and bytes, it does. One that says nothing passes. */
export const carryingCases: readonly ConformanceCase[] = [
  carryingCase('shared', 'carries shared memory as itself, where it says so', async ({ here, there }) => {
    const memory = new SharedArrayBuffer(8);
    const bytes = bytesOf(8, 1);
    here.send('"shared"', [bytes.slice(), memory, bytes.slice()]);
    await untilArrived(there, ['"shared"']);
    const [before, arrived, after] = there.batches[0]!.attachments;
    expectThat(isShared(arrived), 'a SharedArrayBuffer to arrive as one, in its place');
    new Uint8Array(memory)[3] = 7;
    expectThat(new Uint8Array(arrived as SharedArrayBuffer)[3] === 7, 'shared memory to be the same memory');
    for (const part of [before, after])
      expectThat(
        isBytes(part as object) && (part as Uint8Array).every((byte, at) => byte === bytes[at]),
        'bytes beside shared memory to arrive as they were',
      );
  }),

  carryingCase('ports', 'carries ports as themselves, where it says so', async ({ here, there }) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage('sent before');
    here.send('"port"', [bytesOf(3, 1), port2]);
    await untilArrived(there, ['"port"']);
    const arrived = there.batches[0]!.attachments[1];
    expectThat(isPort(arrived), 'a MessagePort to arrive as one, in its place');
    const message = await firstMessage(arrived as AnyPort);
    (arrived as AnyPort).close();
    expectThat(message === 'sent before', 'what was posted to a port to come out of the one that arrives');
  }),

  carryingCase('transfer', 'moves memory and does not copy it, where it says so', async ({ here, there }) => {
    const bytes = bytesOf(4096, 1);
    here.send('"moved"', [bytes]);
    await untilArrived(there, ['"moved"']);
    expectThat(bytes.buffer.byteLength === 0, 'the buffer of bytes that were sent to be detached');
    const [arrived] = there.batches[0]!.attachments;
    const wanted = bytesOf(4096, 1);
    expectThat(
      isBytes(arrived as object) && (arrived as Uint8Array).every((byte, at) => byte === wanted[at]),
      'bytes whose memory was moved to arrive as they were',
    );
  }),
];

/** A case for channels both of whose ends say that they carry something. */
function carryingCase(
  what: keyof Carries,
  name: string,
  body: (ends: Ends) => Promise<void>,
): ConformanceCase {
  return conformanceCase(name, async (ends) => {
    ends.here.open();
    ends.there.open();
    const { here, there } = ends.pair;
    if (here.carries?.[what] === true && there.carries?.[what] === true) await body(ends);
  });
}

function firstMessage(port: AnyPort): Promise<unknown> {
  return new Promise((resolve) => {
    const target = port as unknown as EventTarget;
    target.addEventListener('message', (event) => resolve((event as MessageEvent).data));
    port.start();
  });
}
