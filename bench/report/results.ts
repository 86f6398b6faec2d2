import type { Measured } from '../measured.ts';
import type { BenchOptions } from '../options.ts';
import { outcomes } from '../outcomes.ts';
import { machine } from './machine.ts';
import { measuredTables, outcomesTable } from './tables.ts';

/** The text of `bench/results.md`. */
export function results(
  { rounds, turnMs, runInMs, smoke, targets }: BenchOptions,
  free: Measured | undefined,
  pinned: Measured | undefined,
): string {
  const sections = [
    `# Results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}. Less is better everywhere. Each cell is the median of ${rounds} interleaved rounds of ${turnMs / 1000} s, where many messages flow each right behind ${runInMs / 1000} s that do not count, its ratio to the first raw contender of the same carrier (the median of the ratios of the rounds), and half the range of the middle half of the rounds. – is what a contender cannot do, or not without losing a part of the value${targets ? ', or what no target needs' : ''}. Ratios hold on other machines, figures do not.

${machine()}
`,
    !smoke && `## What was to be reached\n\n${outcomesTable(outcomes(free, pinned))}`,
    free && `## On all cores\n\n${measuredTables(free, '###')}`,
    pinned &&
      `## Pinned to one core\n\nHow fast an idle core wakes up is a matter of luck on virtual machines: latencies are worth comparing here.\n\n${measuredTables(pinned, '###')}`,
    failed([...(free?.failures ?? []), ...(pinned?.failures ?? [])]),
  ];
  return sections.filter((section) => section !== undefined && section !== false).join('\n');
}

function failed(failures: readonly string[]): string | undefined {
  if (failures.length === 0) return undefined;
  return `## What went wrong\n\n${[...new Set(failures)].map((failure) => `- ${failure}\n`).join('')}`;
}
