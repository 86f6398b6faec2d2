import {
  checkOptions,
  milliseconds,
  oneOf,
  record,
  type OptionCheck,
  type OptionChecks,
} from '../errors/check-options.ts';
import type { ExitReason } from '../errors/errors.ts';
import { invalidOption } from '../errors/invalid-option.ts';

/** How long to wait before something that has failed is tried again: longer each time, and never at the same time as others. */
export interface BackoffOptions {
  /**
   * Milliseconds before the first attempt.
   *
   * @defaultValue 100
   */
  readonly minMs?: number | undefined;
  /**
   * Milliseconds that no wait is longer than.
   *
   * @defaultValue 10000
   */
  readonly maxMs?: number | undefined;
  /**
   * By how much each wait is longer than the one before.
   *
   * @defaultValue 2
   */
  readonly factor?: number | undefined;
  /**
   * Which part of each wait is left to chance, from 0 to 1, so that many children do not start at the same time.
   *
   * @defaultValue 0.25
   */
  readonly jitter?: number | undefined;
}

/** When a child that has ended is started again, and how often. */
export interface RestartOptions {
  /**
   * Which ends are followed by a new start: every one (`'permanent'`), every one but an exit with code 0
   * (`'transient'`), or none (`'temporary'`). What `close` and `terminate` have ended stays ended.
   *
   * @defaultValue 'permanent'
   */
  readonly policy?: 'permanent' | 'transient' | 'temporary' | undefined;
  /**
   * How many restarts there may be within `periodMs`. With one more the child is given up: `state` is `'failed'`, and
   * calls reject with the last cause.
   *
   * @defaultValue 5
   */
  readonly intensity?: number | undefined;
  /**
   * The time within which `intensity` counts, in milliseconds.
   *
   * @defaultValue 30000
   */
  readonly periodMs?: number | undefined;
  /**
   * How long to wait before each restart within the period.
   *
   * @defaultValue the defaults of {@link BackoffOptions}
   */
  readonly backoff?: BackoffOptions | undefined;
}

/** Why and how a child is started again. */
export interface Restart {
  /**
   * The child has ended by itself or was killed by its heartbeat (`'ended'`); it did not end a call that was made with
   * `kill` (`'killed'`); its module has changed (`'changed'`, with `watch`).
   */
  readonly reason: 'ended' | 'killed' | 'changed';
  /** How it ended; `undefined` where its module has changed, and it finishes its calls still. */
  readonly exit: ExitReason | undefined;
  /** How often it has been started again, this time included. */
  readonly restarts: number;
  /** Milliseconds until it is started. */
  readonly delayMs: number;
}

const fraction: OptionCheck = (option, value) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw invalidOption(option, value, 'a number from 0 to 1');
};

const growth: OptionCheck = (option, value) => {
  if (typeof value !== 'number' || !(value >= 1) || value === Infinity)
    throw invalidOption(option, value, 'a number of 1 or more');
};

const wholeOrInfinite: OptionCheck = (option, value) => {
  if (value !== Infinity && !(Number.isSafeInteger(value) && (value as number) >= 0))
    throw invalidOption(option, value, 'a whole number of 0 or more (Infinity for no limit)');
};

const backoffChecks: OptionChecks<BackoffOptions> = {
  minMs: milliseconds,
  maxMs: milliseconds,
  factor: growth,
  jitter: fraction,
};

const restartChecks: OptionChecks<RestartOptions> = {
  policy: oneOf('permanent', 'transient', 'temporary'),
  intensity: wholeOrInfinite,
  periodMs: milliseconds,
  backoff: (option, value) => {
    record(option, value);
    checkOptions<BackoffOptions>(option, value, backoffChecks);
  },
};

/** The check of `restart`. */
export const restart: OptionCheck = (option, value) => {
  record(option, value);
  checkOptions<RestartOptions>(option, value, restartChecks);
};
