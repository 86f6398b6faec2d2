import { afterPendingInput } from '../shared/scheduler.ts';
import { End, expected } from './end.ts';
import type { ChannelPair, ConformanceCase } from './testing.ts';

/** What a case works with. */
export interface Ends {
  readonly here: End;
  readonly there: End;
  readonly pair: ChannelPair;
}

/** A case, at the end of which both ends are destroyed and must have been told of the end exactly once. */
export function conformanceCase(name: string, body: (ends: Ends) => Promise<void>): ConformanceCase {
  return {
    name,
    run: async (make) => {
      const pair = await make();
      const ends = { here: new End('here', pair.here), there: new End('there', pair.there), pair };
      try {
        await body(ends);
        await over(ends);
      } finally {
        pair.here.destroy();
        pair.there.destroy();
        await pair.dispose?.();
      }
    },
  };
}

/** Throws unless the condition holds. */
export function expectThat(condition: boolean, what: string): void {
  if (!condition) throw expected(what);
}

/** Lets the event loop turn a few times, so that what must not happen has had its chance. */
export async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => afterPendingInput(resolve));
}

/** Texts that can be told apart. */
export function numbered(count: number, name = 'batch'): string[] {
  return Array.from({ length: count }, (_, index) => `[${JSON.stringify(name)},${index}]`);
}

/** Waits until these texts have arrived, in this order and without others between them. */
export async function untilArrived(end: End, texts: readonly string[]): Promise<void> {
  await end.until(`${texts.length} batches to arrive`, () => end.batches.length >= texts.length);
  const arrived = end.texts;
  expectThat(arrived.length === texts.length, `${texts.length} batches to arrive, and ${arrived.length} did`);
  const wrong = arrived.findIndex((text, index) => text !== texts[index]);
  expectThat(
    wrong === -1,
    `batch ${wrong} to be ${shown(texts[wrong])}, and it was ${shown(arrived[wrong])}`,
  );
}

function shown(text: string | undefined): string {
  if (text === undefined) return 'missing';
  return text.length <= 60 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 60))} (${text.length})`;
}

async function over({ here, there }: Ends): Promise<void> {
  here.destroy();
  there.destroy();
  for (const end of [here, there]) if (end.opened) await end.untilClosed();
  await someTurns();
  here.check();
  there.check();
}
