import { checkOptions, milliseconds, type OptionCheck, type OptionChecks } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';

/** What goes wrong on a channel. Each chance is from 0, never, to 1, with each batch. */
export interface ChaosOptions {
  /**
   * The same seed makes the same things go wrong with the same batches.
   *
   * @defaultValue 1
   */
  readonly seed?: number | undefined;
  /**
   * Milliseconds that a batch may be under way at most, in the order in which they were sent.
   *
   * @defaultValue 2
   */
  readonly delayMs?: number | undefined;
  /**
   * How likely a batch arrives in parts: message by message.
   *
   * @defaultValue 0.2
   */
  readonly split?: number | undefined;
  /**
   * How likely nothing more is taken for a while.
   *
   * @defaultValue 0.02
   */
  readonly stall?: number | undefined;
  /**
   * Milliseconds that such a while may last at most.
   *
   * @defaultValue 50
   */
  readonly stallMs?: number | undefined;
  /**
   * How likely the calls and the plain replies in a batch arrive a second time.
   *
   * @defaultValue 0.05
   */
  readonly duplicate?: number | undefined;
  /**
   * How likely a batch arrives without its end, which ends the session at the other side.
   *
   * @defaultValue 0
   */
  readonly truncate?: number | undefined;
  /**
   * How likely nothing that is sent from here on arrives, while what the other side sends still does.
   *
   * @defaultValue 0
   */
  readonly halfClose?: number | undefined;
}

const chance: OptionCheck = (option, value) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw invalidOption(option, value, 'a number from 0 to 1');
};

const checks: OptionChecks<ChaosOptions> = {
  seed: (option, value) => {
    if (!Number.isSafeInteger(value)) throw invalidOption(option, value, 'a whole number');
  },
  delayMs: milliseconds,
  split: chance,
  stall: chance,
  stallMs: milliseconds,
  duplicate: chance,
  truncate: chance,
  halfClose: chance,
};

/**
 * The defaults with the user's own options over them.
 *
 * @throws RpcError `INVALID_OPTION`
 */
export function chaosFrom(options: ChaosOptions): Record<keyof ChaosOptions, number> {
  checkOptions<ChaosOptions>('chaosChannel()', options, checks);
  const {
    seed = 1,
    delayMs = 2,
    split = 0.2,
    stall = 0.02,
    stallMs = 50,
    duplicate = 0.05,
    truncate = 0,
    halfClose = 0,
  } = options;
  return { seed, delayMs, split, stall, stallMs, duplicate, truncate, halfClose };
}
