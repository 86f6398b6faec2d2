import { conformanceCase, expectThat, numbered, someTurns, untilArrived } from './conformance-case.ts';
import { bytesOf } from './delivery-cases.ts';
import type { End } from './end.ts';
import type { ConformanceCase } from './testing.ts';

/** However a channel ends, both sides hear of it once, and what was sent before an orderly end arrives. */
export const endingCases: readonly ConformanceCase[] = [
  conformanceCase('delivers what was sent before it is closed', async ({ here, there }) => {
    here.open();
    there.open();
    const all = numbered(500);
    for (const text of all) here.send(text, [bytesOf(100, 1)]);
    await here.close();
    await orderly(here);
    await orderly(there);
    await untilArrived(there, all);
  }),

  conformanceCase('delivers a large batch that was sent before it is closed', async ({ here, there }) => {
    here.open();
    there.open();
    const text = 'x'.repeat(4 * 1024 * 1024);
    here.send(text, [bytesOf(1024 * 1024, 1)]);
    await here.close();
    await orderly(there);
    await untilArrived(there, [text]);
  }),

  conformanceCase('delivers what the other end had sent before it is closed', async (ends) => {
    const { here, there, pair } = ends;
    here.open();
    there.open();
    const all = numbered(500);
    for (const text of all) there.send(text);
    await pair.caughtUp?.();
    await here.close();
    await orderly(here);
    await orderly(there);
    await untilArrived(here, all);
  }),

  conformanceCase('delivers what both ends sent before both are closed at once', async (ends) => {
    const { here, there, pair } = ends;
    here.open();
    there.open();
    const forth = numbered(200, 'forth');
    const back = numbered(200, 'back');
    for (const text of forth) here.send(text);
    for (const text of back) there.send(text);
    await pair.caughtUp?.();
    await Promise.all([here.close(), there.close()]);
    await orderly(here);
    await orderly(there);
    await untilArrived(there, forth);
    await untilArrived(here, back);
  }),

  conformanceCase('tells an end that is opened late of what was sent and of the end', async (ends) => {
    const { here, there } = ends;
    here.open();
    const all = numbered(10);
    for (const text of all) here.send(text);
    const closed = here.close();
    await someTurns();
    there.open();
    await closed;
    await orderly(there);
    await untilArrived(there, all);
  }),

  conformanceCase(
    'tells an end that is opened late that the other was destroyed',
    async ({ here, there }) => {
      here.open();
      here.destroy();
      await here.untilClosed();
      await someTurns();
      there.open();
      await there.untilClosed();
    },
  ),

  conformanceCase('can be closed from inside received', async ({ here, there }) => {
    there.onBatch = () => void there.close();
    here.open();
    there.open();
    here.send('"the only one"');
    await orderly(there);
    await orderly(here);
    await untilArrived(there, ['"the only one"']);
  }),

  conformanceCase(
    'receives nothing more once it is destroyed, from inside received too',
    async ({ here, there }) => {
      there.onBatch = () => there.destroy();
      here.open();
      there.open();
      here.send('"the first"');
      here.send('"the second"');
      await there.untilClosed();
      await here.untilClosed();
      await untilArrived(there, ['"the first"']);
    },
  ),

  conformanceCase('fulfils each close, also of a closed channel', async ({ here, there }) => {
    here.open();
    there.open();
    await Promise.all([here.close(), here.close()]);
    await here.close();
    await there.untilClosed();
    await there.close();
    here.destroy(new Error('too late to be the reason'));
    there.destroy(new Error('too late to be the reason'));
    await someTurns();
    await orderly(here);
    await orderly(there);
  }),

  conformanceCase('fulfils close when it is destroyed meanwhile', async ({ here, there }) => {
    here.open();
    here.send('"nobody reads this"');
    const closed = here.close();
    here.destroy();
    await closed;
    await here.untilClosed();
    there.open();
    await there.untilClosed();
  }),

  conformanceCase('hands the reason it is destroyed with to its receiver', async ({ here, there }) => {
    here.open();
    there.open();
    const reason = new Error('the reason');
    here.destroy(reason);
    here.destroy(new Error('a second one'));
    const error = await here.untilClosed();
    expectThat(
      error === reason,
      `closed() to be called with the reason of destroy(), and it was called with ${String(error)}`,
    );
    await there.untilClosed();
  }),

  conformanceCase('ends without an error when it is destroyed without a reason', async ({ here, there }) => {
    here.open();
    there.open();
    here.destroy();
    await orderly(here);
    await there.untilClosed();
  }),

  ...[
    { what: 'it is closed', end: (here: End) => void here.close() },
    { what: 'it is destroyed', end: (here: End) => here.destroy() },
  ].map(({ what, end }) =>
    conformanceCase(`drops what is sent after ${what}`, async ({ here, there }) => {
      here.open();
      there.open();
      here.send('"before"');
      await untilArrived(there, ['"before"']);
      end(here);
      here.send('"after"', [bytesOf(3, 1)]);
      await here.untilClosed();
      await there.untilClosed();
      here.send('"long after"', [bytesOf(3, 1)]);
      there.send('"the other way"');
      await someTurns();
      await untilArrived(there, ['"before"']);
      await untilArrived(here, []);
    }),
  ),
];

/** Waits for the end, which must be one without an error. */
async function orderly(end: End): Promise<void> {
  const error = await end.untilClosed();
  expectThat(
    error === undefined,
    `closed() to be called without an error, and it was called with ${error?.message}`,
  );
}
