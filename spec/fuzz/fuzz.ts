import * as fc from 'fast-check';
import type { IAsyncProperty, IProperty, Parameters } from 'fast-check';
import { test } from 'vitest';

// Short in the suite; `npm run fuzz -- --minutes N --seed S` gives each property a share of N minutes.
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0);
const seed = Number(process.env['FUZZ_SEED'] ?? 0);

/**
 * A spec of a property: it holds for whatever is made up.
 *
 * @param runs - How many cases there are in the suite.
 */
export function holds<Ts>(name: string, runs: number, property: IProperty<Ts> | IAsyncProperty<Ts>): void {
  test(name, { timeout: Math.max(30_000, seconds * 2000 + 60_000) }, async () => {
    const parameters: Parameters<Ts> =
      seconds === 0
        ? { numRuns: runs, ...(seed !== 0 && { seed }) }
        : {
            numRuns: Number.MAX_SAFE_INTEGER,
            interruptAfterTimeLimit: seconds * 1000,
            ...(seed !== 0 && { seed }),
          };
    const outcome = await fc.check(property as IAsyncProperty<Ts>, parameters);
    if (seconds > 0) process.stderr.write(`fuzz: ${name}: ${outcome.numRuns} cases, seed ${outcome.seed}\n`);
    if (outcome.failed) throw new Error(fc.defaultReportMessage(outcome), { cause: outcome.errorInstance });
  });
}
