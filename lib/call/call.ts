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

/**
 * What is to be done with the target: call it as a function, read its value, make an instance of the class it is, or
 * set properties of the object it is.
 */
export type CallKind = 'call' | 'get' | 'new' | 'set';

/** What a path starts from where that is not the exports: something the other side has, known by a number. */
export interface TargetBase {
  /**
   * Above 0: a reference that was received. Below 0: the result of the call with that number, which may still be under
   * way. `undefined` for the result of a call that has not been sent yet.
   */
  readonly id: number | undefined;
  /** What it is called in error messages: the name of the function or of the class. */
  readonly name: string;
  /** Why no call can be made on it any more, where that is so: it was released, or the call that it comes from failed. */
  readonly gone?: Error | undefined;
  /** Fulfils once it has a number, or is gone; absent where it has one from the beginning. */
  readonly sent?: Promise<void> | undefined;
}

/** What a call is made on. Made once for each member of a remote, and shared by all its calls. */
export interface Target {
  /** Names from the exports, or from the base, down, such as `['add']` or `['geometry', 'area']`. */
  readonly path: readonly string[];
  /** The path as one string that no other path shares: what sessions number targets by. */
  readonly key: string;
  /** What the path starts from; the exports where it is absent. */
  readonly base?: TargetBase | undefined;
}

/** One call on its way through middleware to a session, or from a session to the function. */
export interface Call {
  /** What is done with the target. */
  readonly kind: CallKind;
  /** What is called, read, made or changed. */
  readonly target: Target;
  /** The arguments; none where the target is read, an object with the new values where properties are set. */
  readonly args: readonly unknown[];
  /**
   * At the caller what was passed to `with`. At the callee the `timeoutMs` and `metadata` that came along, and a `signal`
   * that aborts once the caller has cancelled the call, or the session has ended.
   */
  readonly options: CallOptions;
  /**
   * Present where the result stays at the callee, to be used in further calls: told what the other side knows it by.
   * The promise of such a call fulfils with `undefined` once it has been sent.
   */
  readonly keep?: KeptResult | undefined;
}

/** Where the number of a result goes that stays at the callee. */
export interface KeptResult {
  /**
   * The call is on its way, and its result is known by this number there.
   *
   * @param release - Lets go of it. That happens by itself when this object is collected.
   */
  kept(id: number, release: () => void): void;
}

/** Everything that can be called: a module, a session. Middleware wraps one, a remote dresses one. */
export type Handler = (call: Call) => Promise<unknown>;
