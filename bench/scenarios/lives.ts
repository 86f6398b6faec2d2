import { setTimeout as delay } from 'node:timers/promises';

import type { Contender, Subject } from '../contenders/contender.ts';
import { repeated } from './in-flight.ts';
import { residentBytes } from './resident-bytes.ts';
import type { Scenario } from './scenario.ts';

const CHILDREN = 4;

// How many are started in a turn, at least.
const STARTS = 10;
// For what a child does after its first reply.
const SETTLE_MS = 300;

/** What a child costs before it does anything. */
export const lives: readonly Scenario[] = [
  {
    name: 'start to first reply',
    group: 'lives',
    unit: 'ms',
    async run({ contender }, forMs) {
      let startMs = 0;
      let starts = 0;
      let able = true;
      const startOne = async (): Promise<void> => {
        const from = performance.now();
        const subject = await answering(contender);
        startMs += performance.now() - from;
        starts++;
        able = subject !== undefined;
        await subject?.stop();
      };
      await startOne();
      if (!able) return null;
      await repeated(startOne, STARTS - 1, forMs);
      return startMs / starts;
    },
  },
  {
    name: 'memory of an idle child',
    group: 'lives',
    unit: 'MB',
    // Threads that ended leave memory behind, which those that start later use again.
    fresh: true,
    slow: true,
    async run({ contender }) {
      // The code of the contender itself counts for the parent.
      const first = await answering(contender);
      if (first === undefined) return null;
      await delay(SETTLE_MS);
      const before = residentBytes();
      if (before === undefined) return null;
      const children: (Subject | undefined)[] = [];
      for (let i = 0; i < CHILDREN; i++) children.push(await answering(contender));
      await delay(SETTLE_MS);
      const used = (residentBytes() ?? before) - before;
      for (const child of [first, ...children]) await child?.stop();
      return used / CHILDREN / 1e6;
    },
  },
];

/** Starts the other side and waits for its first reply. Undefined where it cannot add. */
async function answering(contender: Contender): Promise<Subject | undefined> {
  const subject = await contender.start();
  const sum = await subject.add?.(2, 3);
  if (sum === 5) return subject;
  await subject.stop();
  return undefined;
}
