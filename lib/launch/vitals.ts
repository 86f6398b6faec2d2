import type { Handler } from '../call/call.ts';
import { target } from '../call/target.ts';
import { vitalsName, type Vitals } from '../connect/vitals-name.ts';

const asked = target([vitalsName]);

// A symbol among the options of a launch, which no user can pass and no check sees.
const wanted: unique symbol = Symbol('portcall.vitals');

/** Options of a child that can be asked for its memory. */
export function withVitals<Options extends object>(options: Options): Options {
  return { ...options, [wanted]: true };
}

/** Whether a child that is being launched is to be asked. */
export function hasVitals(options: object): boolean {
  return wanted in options;
}

/** Asks a child that was launched with {@link withVitals} for its memory. */
export async function askMemory(handler: Handler): Promise<Vitals> {
  return (await handler({ kind: 'call', target: asked, args: [], options: {} })) as Vitals;
}
