// Runs one contender in a process of its own, so that no contender is measured with code that the others have made
// V8 compile more generally, or in a heap that they have filled.
import { contenders } from './contenders/all.ts';
import type { Subject } from './contenders/contender.ts';
import { scenarios } from './scenarios/all.ts';

let subject: Subject | undefined;

export async function start(contender: string): Promise<void> {
  const found = contenders.find(({ name }) => name === contender);
  if (found === undefined) throw new Error(`there is no contender ${contender}`);
  subject = await found.start();
}

/** The time one call of a scenario took, in microseconds. */
export async function turn(scenario: string, forMs: number): Promise<number> {
  const found = scenarios.find(({ name }) => name === scenario);
  if (found === undefined || subject === undefined) throw new Error(`cannot run ${scenario}`);
  return found.run(subject, forMs);
}

export async function stop(): Promise<void> {
  await subject?.stop();
}
