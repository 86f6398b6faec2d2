import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../fixtures/references/growth.js', import.meta.url));

interface Growth {
  readonly grownMiB: number;
  readonly counts: number[];
  readonly ended: number;
}

async function growth(what: string, times: number): Promise<Growth> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    script,
    what,
    String(times),
  ]);
  return JSON.parse(stdout) as Growth;
}

// In a process of their own, whose heap is looked at after a collection: nothing is released by hand.
it.each<[what: string, times: number, ended?: number]>([
  ['callbacks', 100_000],
  ['references', 10_000],
  ['instances', 10_000],
  ['streams', 20_000],
  ['pipelines', 10_000],
  ['abandoned', 1_000, 2_000],
  ['abandonedWithSignal', 1_000, 2_000],
  ['sinks', 1_000, 2_000],
  ['nodeSinks', 1_000, 2_000],
])(
  '%s leave nothing behind, %i of them',
  async (what: string, times: number, all?: number) => {
    const { grownMiB, counts, ended } = await growth(what, times);
    expect(counts).toEqual(counts.map(() => 0));
    // Producers and sinks of what was dropped are told, the warm-up's too.
    if (all !== undefined) expect(ended).toBe(all);
    expect(grownMiB).toBeLessThan(4);
  },
  60_000,
);
