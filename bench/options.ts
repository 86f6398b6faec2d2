import { parseArgs } from 'node:util';

/** What the command line says. */
export interface BenchOptions {
  /** How often each contender has its turn in each scenario. */
  readonly rounds: number;
  /** How long a turn takes. */
  readonly turnMs: number;
  /** Only contenders and scenarios whose names contain this. */
  readonly contender: string;
  readonly scenario: string;
  readonly pinned: boolean;
  readonly unpinned: boolean;
}

/** Reads the command line; exits with the reason where it is wrong. */
export function optionsOf(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '0.3' },
      contender: { type: 'string', default: '' },
      scenario: { type: 'string', default: '' },
      pinned: { type: 'boolean', default: false },
      unpinned: { type: 'boolean', default: false },
    },
  });
  // Neither means both.
  const both = values.pinned === values.unpinned;
  return {
    rounds: positive('rounds', values.rounds),
    turnMs: positive('seconds', values.seconds) * 1000,
    contender: values.contender,
    scenario: values.scenario,
    pinned: both || values.pinned,
    unpinned: both || values.unpinned,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new Error(`--${name} is ${text}; it must be a number above 0`);
  return value;
}
