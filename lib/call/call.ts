/** What a caller tells the other side about a call beside its arguments; plain JSON values under string keys. */
export type Metadata = Readonly<Record<string, unknown>>;

/** How one call, or every call made through `with(options)`, is to be made. */
export interface CallOptions {
  /**
   * Milliseconds after which the call rejects with `TIMEOUT` and is cancelled at the callee. Counted from the call by
   * a monotonic clock, time spent in a queue included; a reply that has arrived by then still wins.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
  /** Aborting it rejects the call at once with the signal's reason and cancels it at the callee. */
  readonly signal?: AbortSignal | undefined;
  /** Handed to middleware and to `callContext()` at the callee. */
  readonly metadata?: Metadata | undefined;
  /**
   * The function may safely run twice, so the call may be sent again after a failure of the channel.
   *
   * @defaultValue false
   */
  readonly idempotent?: boolean | undefined;
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
  readonly kind: CallKind;
  readonly target: Target;
  readonly args: readonly unknown[];
  readonly options: CallOptions;
}

/** Everything that can be called: a module, a session, a pool. Middleware wraps one, a remote dresses one. */
export type Handler = (call: Call) => Promise<unknown>;
