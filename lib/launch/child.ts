import type { Readable } from 'node:stream';

import type { CallOptions } from '../call/call.ts';
import type { CloseOptions, SessionStats } from '../connect/session.ts';
import type { ExitReason } from '../errors/errors.ts';
import type { Pipeline } from '../remote/pipeline-types.ts';
import type { SyncRemote } from '../remote/sync-types.ts';
import type { Remote } from '../remote/types.ts';

/**
 * Where a child is in its life.
 *
 * | state | meaning |
 * |---|---|
 * | `'starting'` | its module is being loaded |
 * | `'ready'` | it takes calls |
 * | `'restarting'` | it has ended and will be ready again, with `restart`; calls wait |
 * | `'closing'` | it is being ended |
 * | `'exited'` | it has ended for good |
 * | `'failed'` | it has ended too often, and is not started again |
 */
export type ChildState = 'starting' | 'ready' | 'restarting' | 'closing' | 'exited' | 'failed';

/** A child process or thread, and the functions of the module it runs. */
export interface Child<Module> extends AsyncDisposable {
  /** The module's exports, and nothing else. */
  readonly remote: Remote<Module>;
  /** The same whose results can be used before they have arrived: a chain of calls takes one round trip. */
  readonly pipeline: Pipeline<Module>;
  /**
   * Fulfils once the module is loaded for the first time. Calls made before wait for it; when it never comes, it and
   * they reject with `START_FAILED`, and the child is not started again. It raises no unhandled rejection by itself.
   */
  readonly ready: Promise<void>;
  /** Fulfils when the child has ended, however it did, and will not be started again. Never rejects. */
  readonly exited: Promise<ExitReason>;
  /** Where the child is in its life. */
  readonly state: ChildState;
  /** How often it was started again, with `restart` or `watch`. */
  readonly restarts: number;
  /** Counts of what is under way. */
  readonly stats: SessionStats;
  /** What the child prints, with `stdout: 'pipe'`; otherwise `null`. */
  readonly stdout: Readable | null;
  /** What the child prints to stderr, with `stderr: 'pipe'`; otherwise `null`. */
  readonly stderr: Readable | null;
  /**
   * The remote with options for each call made through it.
   *
   * @param options - Deadline, signal and the like.
   * @throws RpcError `INVALID_OPTION`
   */
  with(options: CallOptions): Remote<Module>;
  /**
   * Refuses new calls, finishes those under way, then ends the child: it is asked to end, then sent SIGTERM, then
   * SIGKILL. Fulfils when it has ended. Calls that did not finish in time reject with `CHILD_EXITED`.
   *
   * @param options - How long calls under way may take, over the `graceMs` the child was launched with.
   * @throws RpcError `INVALID_OPTION`
   */
  close(options?: CloseOptions): Promise<void>;
  /** Ends the child now; calls under way reject with `CHILD_EXITED`. Fulfils when it has ended. */
  terminate(): Promise<void>;
  /** Keeps this process alive as long as the child lives. */
  ref(): void;
  /** Lets this process end although calls are under way. */
  unref(): void;
}

/** A child that is a process of its own. */
export interface ForkedChild<Module> extends Child<Module> {
  /** The process's id; `undefined` where it could not be started, or is not started again yet. */
  readonly pid: number | undefined;
}

/** A child that is a thread of this process. */
export interface WorkerChild<Module> extends Child<Module> {
  /** The thread's id; -1 once it has ended, and until it is started again. */
  readonly threadId: number;
  /**
   * The module's functions as functions that block this thread until the worker has answered, and return the result
   * itself. `withOptions(child.sync, { timeoutMs })` bounds that. Functions, streams and live AbortSignals among the
   * arguments are refused (`NOT_SERIALIZABLE`), as are children with `middleware` (`INVALID_OPTION`) and threads that
   * may not be blocked (`NOT_ALLOWED`).
   *
   * @example
   * ```ts
   * import { withOptions, worker } from 'portcall';
   *
   * const math = worker<{ add(a: number, b: number): Promise<number> }>(new URL('./math.js', import.meta.url));
   * const five: number = math.sync.add(2, 3);
   * console.log(five, withOptions(math.sync, { timeoutMs: 1_000 }).add(3, 4));
   * await math.close();
   * ```
   */
  readonly sync: SyncRemote<Module>;
}
