import type { BackoffOptions } from '../launch/restart-options.ts';

const defaults: Required<{ [Name in keyof BackoffOptions]: number }> = {
  minMs: 100,
  maxMs: 10_000,
  factor: 2,
  jitter: 0.25,
};

/**
 * Milliseconds to wait before an attempt.
 *
 * @param attempt - Which attempt it is in a row, from 1.
 * @param random - A number from 0 to 1, for the part that is left to chance.
 */
export function backoffMs(
  attempt: number,
  options: BackoffOptions = {},
  random: number = Math.random(),
): number {
  const {
    minMs = defaults.minMs,
    maxMs = defaults.maxMs,
    factor = defaults.factor,
    jitter = defaults.jitter,
  } = options;
  // Past any float the power is Infinity, and the longest wait remains; of nothing it stays nothing.
  const grown = minMs === 0 ? 0 : Math.min(maxMs, minMs * factor ** (attempt - 1));
  return grown * (1 - jitter * random);
}
