import {
  checkOptions,
  count,
  flag,
  milliseconds,
  oneOf,
  record,
  text,
  wholeNumber,
  type OptionCheck,
  type OptionChecks,
} from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { availableCores } from '../launch/cores.ts';
import { forkChecks, workerChecks, type ForkOptions, type WorkerOptions } from '../launch/launch-options.ts';
import { restart, type RestartOptions } from '../launch/restart-options.ts';
import type { BalanceFunction } from './balance.ts';
import { CoreBudget } from './budget.ts';

/** How calls wait while all members are busy. */
export interface QueueOptions {
  /**
   * How many calls may wait.
   *
   * @defaultValue 100000
   */
  readonly limit?: number | undefined;
  /**
   * What becomes of a call beyond that: it rejects with `OVERLOADED`, or waits for a place in the queue first, in the
   * order in which it came, whatever its priority. Of those there may be as many as `limits.pendingCalls`.
   *
   * @defaultValue 'reject'
   */
  readonly whenFull?: 'reject' | 'wait' | undefined;
  /**
   * After so many milliseconds a call that waits has the priority of a new one that is one higher, so that none waits
   * for ever.
   *
   * @defaultValue 1000
   */
  readonly ageingMs?: number | undefined;
}

/** When a member is ended and another started in its place. It finishes its calls first. */
export interface RecycleOptions {
  /**
   * After so many calls.
   *
   * @defaultValue Infinity
   */
  readonly afterCalls?: number | undefined;
  /**
   * After so many milliseconds.
   *
   * @defaultValue Infinity
   */
  readonly afterMs?: number | undefined;
  /**
   * When its JavaScript heap takes more bytes than this.
   *
   * @defaultValue Infinity
   */
  readonly aboveHeapBytes?: number | undefined;
  /**
   * When the whole process takes more bytes of memory than this; with `kind: 'fork'` only.
   *
   * @defaultValue Infinity
   */
  readonly aboveRssBytes?: number | undefined;
}

/** How often members that died are replaced; see {@link RestartOptions}. */
export type PoolRestartOptions = Omit<RestartOptions, 'policy'>;

/** What a pool is, whatever its members are. */
export interface PoolSettings {
  /**
   * How many members there are at least.
   *
   * @defaultValue 1
   */
  readonly min?: number | undefined;
  /**
   * How many members there are at most. They are started when calls wait.
   *
   * @defaultValue as many as there are cores, or `min`
   */
  readonly max?: number | undefined;
  /**
   * Whether `min` members are started at once, and not when the first call is made.
   *
   * @defaultValue true
   */
  readonly warmUp?: boolean | undefined;
  /**
   * Milliseconds without a call after which a member is ended, where there are more than `min`.
   *
   * @defaultValue 30000
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How many calls each member may have under way. `'adaptive'` is one where calls are long and more where they are so
   * short that to wait for each reply would take longer than the calls. Name a number for functions that themselves
   * wait, for the network say.
   *
   * @defaultValue 'adaptive'
   */
  readonly concurrency?: number | 'adaptive' | undefined;
  /**
   * How calls wait while all members are busy.
   *
   * @defaultValue the defaults of {@link QueueOptions}
   */
  readonly queue?: QueueOptions | undefined;
  /**
   * Which member a call goes to: the one with the fewest calls under way, each in turn, the one that has the call's
   * `key`, or one that a function picks.
   *
   * @defaultValue 'least-loaded'
   */
  readonly balance?: 'least-loaded' | 'round-robin' | 'key' | BalanceFunction | undefined;
  /**
   * When a member is replaced.
   *
   * @defaultValue never
   */
  readonly recycle?: RecycleOptions | undefined;
  /**
   * Milliseconds that a member which is to be ended is kept for the sake of references and streams that are still
   * open, once its calls have ended.
   *
   * @defaultValue 30000
   */
  readonly drainTimeoutMs?: number | undefined;
  /**
   * How often members may die before they have finished a single call. With one more within `periodMs` the pool has
   * failed. One that has served calls is replaced at once, and not counted.
   *
   * @defaultValue the defaults of {@link RestartOptions}
   */
  readonly restart?: PoolRestartOptions | undefined;
  /**
   * The name of an exported function that is called in each member before all others. A member in which it fails has
   * failed to start.
   *
   * @defaultValue none
   */
  readonly setup?: string | undefined;
  /**
   * The name of an exported function that is called in each member before it is ended. It is given `graceMs`; what it
   * throws goes to `onError`.
   *
   * @defaultValue none
   */
  readonly teardown?: string | undefined;
  /**
   * Makes every call as with `kill: true`: a member whose call was aborted or has timed out, and does not end within
   * `cancelGraceMs`, is terminated and replaced.
   *
   * @defaultValue false
   */
  readonly kill?: boolean | undefined;
  /**
   * Cores that several pools share, from {@link coreBudget}.
   *
   * @defaultValue none
   */
  readonly budget?: CoreBudget | undefined;
}

/** What a single child has, and a pool has of its own. */
type Replaced = 'restart' | 'watch' | 'onRestart';

/** Options of {@link pool} whose members are threads. */
export interface ThreadPoolOptions extends PoolSettings, Omit<WorkerOptions, Replaced> {
  /** Threads. */
  readonly kind: 'worker';
}

/** Options of {@link pool} whose members are processes. */
export interface ProcessPoolOptions extends PoolSettings, Omit<ForkOptions, Replaced> {
  /** Processes. */
  readonly kind: 'fork';
}

/** Options of {@link pool}. */
export type PoolOptions = ThreadPoolOptions | ProcessPoolOptions;

const most = 1024;

const queueChecks: OptionChecks<QueueOptions> = {
  limit: count,
  whenFull: oneOf('reject', 'wait'),
  ageingMs: (option, value) => {
    if (typeof value !== 'number' || !(value > 0))
      throw invalidOption(option, value, 'a number of milliseconds above 0');
  },
};

const recycleChecks: OptionChecks<RecycleOptions> = {
  afterCalls: count,
  afterMs: milliseconds,
  aboveHeapBytes: count,
  aboveRssBytes: count,
};

const settingsChecks: OptionChecks<PoolSettings> = {
  min: wholeNumber(0, most),
  max: wholeNumber(1, most),
  warmUp: flag,
  idleTimeoutMs: milliseconds,
  concurrency: (option, value) => {
    if (value !== 'adaptive') count(option, value);
  },
  queue: nested<QueueOptions>(queueChecks),
  balance: (option, value) => {
    if (typeof value !== 'function') oneOf('least-loaded', 'round-robin', 'key')(option, value);
  },
  recycle: nested<RecycleOptions>(recycleChecks),
  drainTimeoutMs: milliseconds,
  restart: (option, value) => {
    restart(option, value);
    if ((value as RestartOptions).policy !== undefined)
      throw invalidOption(
        `${option}.policy`,
        (value as RestartOptions).policy,
        'left out: a pool replaces its members',
      );
  },
  setup: text,
  teardown: text,
  kill: flag,
  budget: (option, value) => {
    if (!(value instanceof CoreBudget)) throw invalidOption(option, value, 'what coreBudget() returns');
  },
};

const kind = oneOf('worker', 'fork');

/**
 * Checks the options of a pool.
 *
 * @throws RpcError `INVALID_OPTION`
 */
export function checkPoolOptions(options: PoolOptions): void {
  record('pool(): options', options);
  kind('pool(): kind', options.kind);
  const launch = options.kind === 'worker' ? workerChecks : forkChecks;
  checkOptions<object>('pool()', options, {
    ...withoutReplaced(launch),
    ...settingsChecks,
    kind,
  });
  if (options.kind === 'worker' && options.recycle?.aboveRssBytes !== undefined) {
    throw invalidOption(
      'pool(): recycle.aboveRssBytes',
      options.recycle.aboveRssBytes,
      "left out with kind 'worker': threads share the memory of their process; use aboveHeapBytes",
    );
  }
  sizeFrom(options);
}

function withoutReplaced(checks: object): object {
  const { watch: _watch, onRestart: _onRestart, ...others } = checks as Record<string, OptionCheck>;
  return others;
}

/**
 * How many members a pool may have.
 *
 * @throws RpcError `INVALID_OPTION` where `min` is above `max`
 */
export function sizeFrom({ min, max }: Pick<PoolSettings, 'min' | 'max'>): { min: number; max: number } {
  const least = min ?? Math.min(1, max ?? 1);
  const largest = max ?? Math.max(least, availableCores());
  if (least > largest) throw invalidOption('pool(): min', least, `no more than max, which is ${largest}`);
  return { min: least, max: largest };
}

/** The checks of what `resize` takes. */
export const sizeChecks: OptionChecks<Pick<PoolSettings, 'min' | 'max'>> = {
  min: settingsChecks.min,
  max: settingsChecks.max,
};

/** The options of a member: those of the pool without what is the pool's own. */
export function memberOptions(options: PoolOptions): WorkerOptions & ForkOptions {
  const own = new Set(['kind', 'middleware', 'handleSignals', ...Object.keys(settingsChecks)]);
  return Object.fromEntries(Object.entries(options).filter(([name]) => !own.has(name)));
}

function nested<Options extends object>(checks: OptionChecks<Options>): OptionCheck {
  return (option, value) => {
    record(option, value);
    checkOptions<Options>(option, value, checks);
  };
}
