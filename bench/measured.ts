import type { Contender } from './contenders/contender.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** What one run over all rounds has found. It travels between processes as JSON. */
export interface Measured {
  readonly contenders: readonly Pick<Contender, 'name' | 'family' | 'carrier'>[];
  readonly scenarios: readonly Pick<Scenario, 'name' | 'group' | 'unit'>[];
  /** By scenario, then by contender: what each round found. Nothing where the contender cannot do it, or failed. */
  readonly times: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  /** Whose turns went wrong, and how. */
  readonly failures: readonly string[];
}

/** What each round found of one contender in one scenario. */
export function timesOf(
  measured: Measured,
  scenario: string,
  contender: string,
): readonly number[] | undefined {
  return measured.times[scenario]?.[contender];
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** How far the middle half of the rounds lies apart, as a part of the median. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

/** The median ratio of the rounds, each by itself: turns close in time are what can be compared. */
export function ratio(own: readonly number[], base: readonly number[]): number {
  return median(own.map((time, round) => time / base[round]!));
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}
