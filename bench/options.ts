import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the command line says. */
export interface BenchOptions {
  /** How often each contender has its turn in each scenario. */
  readonly rounds: number;
  /** How long a turn takes. */
  readonly turnMs: number;
  /** How long the turn right before each of many calls takes, which does not count. */
  readonly runInMs: number;
  /** Only contenders and scenarios whose names contain one of these words. */
  readonly contenders: readonly string[];
  readonly scenarios: readonly string[];
  readonly pinned: boolean;
  readonly unpinned: boolean;
  /** Without the packages of `bench/package.json`. */
  readonly peers: boolean;
  /** A short run that fails when Portcall has become slower by far than the raw channels allow. */
  readonly smoke: boolean;
  /** Only what the targets need: less than a quarter of everything. */
  readonly targets: boolean;
  /** The file that the results go to; undefined where they are only printed. */
  readonly out: string | undefined;
  /** Everything takes part. */
  readonly whole: boolean;
}

/** Reads the command line; throws with the reason where it is wrong. */
export function optionsOf(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'run-in': { type: 'string' },
      contender: { type: 'string', multiple: true, default: [] },
      scenario: { type: 'string', multiple: true, default: [] },
      pinned: { type: 'boolean', default: false },
      unpinned: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: true },
      smoke: { type: 'boolean', default: false },
      targets: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const { smoke, contender, scenario, targets } = values;
  // Neither means both; the smoke is about one thing only.
  const both = values.pinned === values.unpinned && !smoke;
  const whole = both && values.peers && !targets && contender.length === 0 && scenario.length === 0;
  return {
    rounds: positive('rounds', values.rounds ?? '3'),
    turnMs: positive('seconds', values.seconds ?? (smoke ? '0.1' : '0.2')) * 1000,
    runInMs: positive('run-in', values['run-in'] ?? (smoke ? '0.15' : '0.5')) * 1000,
    contenders: contender,
    scenarios: scenario,
    pinned: both || values.pinned,
    unpinned: both || !values.pinned,
    peers: values.peers && !smoke,
    smoke,
    targets,
    out: values.out ?? (whole ? fileURLToPath(new URL('./results.md', import.meta.url)) : undefined),
    whole,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new Error(`--${name} is ${text}; it must be a number above 0`);
  return value;
}
