import type { Child } from '../launch/child.ts';
import type { CloseOptions } from '../connect/session.ts';
import type { ExitReason } from '../errors/errors.ts';
import type { Pipeline } from '../remote/pipeline-types.ts';
import type { Remote } from '../remote/types.ts';
import type { PoolCallOptions } from './call-options.ts';

/**
 * Where a pool is in its life: it takes calls; it finishes those it has; it has ended. `'failed'`: its children ended so
 * often that it has given up, and calls reject with the last cause.
 */
export type PoolState = 'open' | 'closing' | 'closed' | 'failed';

/**
 * Where a member of a pool is in its life: its module is being loaded and set up; it takes calls; it finishes those it
 * has and will be ended; it has ended.
 */
export type MemberState = 'starting' | 'ready' | 'retiring' | 'ended';

/** What one member of a pool is doing. */
export interface MemberStats {
  /** Its number; no two members of a pool have the same, one after the other neither. */
  readonly id: number;
  /** Where it is in its life. */
  readonly state: MemberState;
  /** Calls it has been handed that have not ended. */
  readonly running: number;
  /** Calls that wait for this member and no other, because of their `key`. */
  readonly queued: number;
  /** Calls that have ended, well or not. */
  readonly finished: number;
  /** Milliseconds since it was started. */
  readonly ageMs: number;
  /** The id of the process, or of the thread; `undefined` where it could not be started or has ended. */
  readonly childId: number | undefined;
}

/** What a pool is doing. */
export interface PoolStats {
  /** Its members, the oldest first. */
  readonly members: readonly MemberStats[];
  /** Calls that wait for a member. */
  readonly queued: number;
  /** Calls that wait for a place in the queue, with `queue.whenFull: 'wait'`. */
  readonly waiting: number;
  /** Calls that members have been handed and that have not ended. */
  readonly running: number;
  /** Calls that have ended, well or not, those refused not counted. */
  readonly finished: number;
  /** Members that were started in place of one that died. */
  readonly restarts: number;
}

/**
 * Why a member of a pool has ended: nobody needed it (`'idle'`), an option of `recycle` (`'recycled'`), a smaller `max`
 * or another pool's need (`'surplus'`), the end of the pool (`'closed'`), or none of these: it `'died'`.
 */
export type MemberEnd = 'idle' | 'recycled' | 'surplus' | 'closed' | 'died';

/** A member that listeners are told of. */
export interface PoolMember {
  /** Its number. */
  readonly id: number;
}

/** The end of a member that listeners are told of. */
export interface PoolMemberEnd extends PoolMember {
  /** Why it has ended. */
  readonly why: MemberEnd;
  /** How it has ended. */
  readonly exit: ExitReason;
}

/** What listeners of a pool are told. */
export interface PoolEvents {
  /** A member has been started. */
  start: PoolMember;
  /** A member has loaded its module, and takes calls. */
  ready: PoolMember;
  /** A member has ended. */
  end: PoolMemberEnd;
  /** The queue is full, and calls are refused or wait for a place; as it is now. */
  full: PoolStats;
  /** No call waits or is under way; as it is now. */
  idle: PoolStats;
  /** The pool has given up; with what the last member died of. */
  failed: Error;
}

/** How many members a pool may have. */
export interface PoolSize {
  /** At least so many. */
  readonly min?: number | undefined;
  /** At most so many. */
  readonly max?: number | undefined;
}

/**
 * The functions of a module, each called on all members of a pool: a promise of the results, one from each.
 *
 * @example
 * ```ts
 * import type { Each } from 'portcall';
 *
 * const versions = (each: Each<{ version(): string }>): Promise<string[]> => each.version();
 * ```
 */
export type Each<Module> = {
  readonly [Name in keyof Remote<Module> as Name extends string ? Name : never]: OnEach<Remote<Module>[Name]>;
};

type OnEach<Member> = Member extends (...args: infer Args extends readonly unknown[]) => infer Result
  ? (...args: Args) => Promise<Awaited<Result>[]>
  : Member extends PromiseLike<infer Value>
    ? PromiseLike<Value[]>
    : { readonly [Name in keyof Member as Name extends string ? Name : never]: OnEach<Member[Name]> };

/** Many children that run the same module, and one remote for all of them. */
export interface Pool<Module> extends AsyncDisposable {
  /** The module's exports. Each call goes to one of the members. */
  readonly remote: Remote<Module>;
  /** The same, whose results can be used before they have arrived: what is made of them stays at one member. */
  readonly pipeline: Pipeline<Module>;
  /**
   * The module's functions, each called on all the members there are, busy ones too. Rejects with what one of them
   * has thrown, or with an AggregateError where several have. A member that starts later is not called.
   */
  readonly each: Each<Module>;
  /**
   * Fulfils once the members that a pool begins with take calls; rejects with `START_FAILED` where they do not. Raises
   * no unhandled rejection by itself.
   */
  readonly ready: Promise<void>;
  /** What the members print, with `stdout: 'pipe'`; otherwise `null`. */
  readonly stdout: Child<Module>['stdout'];
  /** What the members print to stderr, with `stderr: 'pipe'`; otherwise `null`. */
  readonly stderr: Child<Module>['stderr'];
  /** Where the pool is in its life. */
  readonly state: PoolState;
  /** What it is doing. */
  readonly stats: PoolStats;
  /**
   * The remote with options for each call made through it.
   *
   * @param options - Priority, key, deadline, signal and the like.
   * @throws RpcError `INVALID_OPTION`
   */
  with(options: PoolCallOptions): Remote<Module>;
  /**
   * Listens to what happens in the pool.
   *
   * @param name - What to listen to.
   * @param listener - Told of it; what it throws goes to `onError`.
   * @returns Stops listening.
   */
  on<Name extends keyof PoolEvents>(name: Name, listener: (detail: PoolEvents[Name]) => void): () => void;
  /**
   * Changes how many members there may be. Those that are too many finish their calls first.
   *
   * @param size - What is left out stays as it is.
   * @throws RpcError `INVALID_OPTION`
   */
  resize(size: PoolSize): void;
  /** Refuses new calls, finishes those that wait and those under way however long they take, then ends the members. */
  drain(): Promise<void>;
  /**
   * Refuses new calls, finishes those that wait and those under way, then ends the members. Calls that were not handed
   * to a member in time reject with `CHANNEL_CLOSED`, those that did not finish with `CHILD_EXITED`.
   *
   * @param options - How long calls may take, over the `graceMs` of the pool.
   * @throws RpcError `INVALID_OPTION`
   */
  close(options?: CloseOptions): Promise<void>;
  /** Ends all members now; calls that wait or are under way reject. Fulfils when they have ended. */
  terminate(): Promise<void>;
}
