import type { Scenario } from './scenario.ts';

const COUNT = 5_000;
const CHUNKS = 256;
const CHUNK_BYTES = 64 * 1024;

/** What the other side yields, read to the end. */
export const streams: readonly Scenario[] = [
  {
    name: 'stream, an item',
    group: 'streams',
    unit: 'µs',
    dense: true,
    async run(stand, forMs) {
      const { readItems } = await stand.subject();
      return readItems === undefined ? null : reading(() => readItems(COUNT), COUNT, COUNT, forMs);
    },
  },
  {
    name: 'stream, 64 KiB of bytes',
    group: 'streams',
    unit: 'µs',
    dense: true,
    async run(stand, forMs) {
      const { readChunks } = await stand.subject();
      if (readChunks === undefined) return null;
      return reading(() => readChunks(CHUNKS, CHUNK_BYTES), CHUNKS * CHUNK_BYTES, CHUNKS, forMs);
    },
  },
];

/** Reads whole streams, one after the other. Returns the time one of their items took, in microseconds. */
async function reading(
  read: () => Promise<number>,
  expected: number,
  items: number,
  forMs: number,
): Promise<number> {
  const started = performance.now();
  let total = 0;
  do {
    const got = await read();
    if (got !== expected) throw new Error(`${got} of ${expected} came`);
    total += items;
  } while (performance.now() - started < forMs);
  return ((performance.now() - started) * 1000) / total;
}
