// Where one contender is measured, in a process of its own.
import { contendersOf } from './contenders/all.ts';
import type { Contender, Subject } from './contenders/contender.ts';
import { scenarios } from './scenarios/all.ts';
import type { Stand } from './scenarios/scenario.ts';

let stand: KeptStand | undefined;

/** @param peer - The package of the contender, where it is a peer: no other is loaded. */
export async function prepare(contender: string, peer: string | undefined): Promise<void> {
  const found = (await contendersOf(peer)).find(({ name }) => name === contender);
  if (found === undefined) throw new Error(`there is no contender ${contender}`);
  stand = standFor(found);
}

/** What one call of a scenario took, in the unit of the scenario; null where the contender cannot do it. */
export async function turn(scenario: string, forMs: number): Promise<number | null> {
  const found = scenarios.find(({ name }) => name === scenario);
  if (found === undefined || stand === undefined) throw new Error(`cannot run ${scenario}`);
  return found.run(stand, forMs);
}

export async function stop(): Promise<void> {
  await stand?.stop();
}

interface KeptStand extends Stand {
  stop(): Promise<void>;
}

function standFor(contender: Contender): KeptStand {
  const started = new Map<number, Promise<Subject>>();
  // No pool has 0 members: that is the subject by itself.
  const kept = (members: number, start: () => Promise<Subject>): Promise<Subject> => {
    let subject = started.get(members);
    if (subject === undefined) started.set(members, (subject = start()));
    return subject;
  };
  return {
    contender,
    subject: () => kept(0, () => contender.start()),
    pool: async (members) =>
      contender.startPool === undefined ? undefined : kept(members, () => contender.startPool!(members)),
    async stop() {
      for (const subject of started.values()) await (await subject).stop();
    },
  };
}
