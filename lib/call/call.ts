/** What a caller tells the other side about a call beside its arguments; plain JSON values under string keys. */
export type Metadata = Readonly<Record<string, unknown>>;

/**
 * How one call, or every call made through `with(options)`, is to be made. An option that is absent or `undefined` is
 * as it was.
 *
 * @example
 * ```ts
 * import type { CallOptions, Session } from 'portcall';
 *
 * declare const session: Session<{ render(page: number): Promise<string> }>;
 * const patient: CallOptions = { timeoutMs: 10_000, metadata: { user: 'ada' } };
 * console.log(await session.with(patient).render(1));
 * ```
 */
export interface CallOptions {
  /**
   * Milliseconds after which the call rejects with `TIMEOUT` and is cancelled at the callee. Counted from the call by
   * a monotonic clock, time spent in a queue included; a reply that has arrived by then still wins.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Aborting it rejects the call at once with the signal's reason and cancels it at the callee, where the AbortSignals
   * among the arguments abort.
   */
  readonly signal?: AbortSignal | undefined;
  /** Handed to middleware at the callee. */
  readonly metadata?: Metadata | undefined;
  /**
   * The function may safely run twice. A child with `restart` then sends the call again when it ends while the call is
   * under way; a session by itself sends no call again.
   *
   * @defaultValue false
   */
  readonly idempotent?: boolean | undefined;
  /**
   * How often an idempotent call may be sent again.
   *
   * @defaultValue 1
   */
  readonly retries?: number | undefined;
  /**
   * Terminates the child when the call was aborted or has timed out and its function does not end within the child's
   * `cancelGraceMs`. Other calls on that child then reject with `CHILD_EXITED`. Only for children.
   *
   * @defaultValue false
   */
  readonly kill?: boolean | undefined;
  /**
   * No reply is wanted: the promise fulfils with `undefined` as soon as the call has been handed over, and what the
   * function throws goes to the callee's `onError`.
   *
   * @defaultValue false
   */
  readonly oneway?: boolean | undefined;
}

/** What is to be done with the target: call it as a function, or read its value. */
export type CallKind = 'call' | 'get';

/** What a call is made on. Made once for each member of a remote, and shared by all its calls. */
export interface Target {
  /** Names from the exports down, such as `['add']` or `['geometry', 'area']`. */
  readonly path: readonly string[];
  /** The path as one string that no other path shares: what sessions number targets by. */
  readonly key: string;
}

/** One call on its way through middleware to a session, or from a session to the function. */
export interface Call {
  /** Whether the target is called or read. */
  readonly kind: CallKind;
  /** What is called or read. */
  readonly target: Target;
  /** The arguments; none where the target is read. */
  readonly args: readonly unknown[];
  /** At the caller what was passed to `with`; at the callee the `timeoutMs` and `metadata` that came along. */
  readonly options: CallOptions;
}

/** Everything that can be called: a module, a session. Middleware wraps one, a remote dresses one. */
export type Handler = (call: Call) => Promise<unknown>;
