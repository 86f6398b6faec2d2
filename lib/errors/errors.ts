/**
 * What went wrong, when it was Portcall and not the called function that failed. The union is closed: a `switch` over
 * it can be exhaustive.
 *
 * | code | meaning |
 * |---|---|
 * | `TIMEOUT` | the call did not finish within its `timeoutMs` |
 * | `START_FAILED` | the child never became ready; `cause` holds its own error where there was one |
 * | `CHILD_EXITED` | the child ended while the call was waiting or under way; see `exit` |
 * | `CHANNEL_CLOSED` | the channel was closed, by either side, or broke |
 * | `METHOD_NOT_FOUND` | nothing of that name is exported |
 * | `NOT_SERIALIZABLE` | a value cannot be sent; the message names the path to it |
 * | `INVALID_ARGUMENT` | the arguments are not what the function's schema takes; see `issues` |
 * | `INVALID_RESULT` | the function has run, and its result is not what its own schema says; see `issues` |
 * | `NOT_ALLOWED` | the other side does not let this call through; or this thread may not be blocked for it |
 * | `OVERLOADED` | a limit was reached: on calls, queued bytes, references or streams |
 * | `TOO_LARGE` | a message is larger than the receiver takes |
 * | `REFERENCE_RELEASED` | the remote object or function was released, here or there |
 * | `PROTOCOL_ERROR` | the other side sent something that is not Portcall's protocol, or another version of it |
 * | `INVALID_OPTION` | an option is wrong; thrown by the function it was passed to |
 */
export type RpcErrorCode =
  | 'TIMEOUT'
  | 'START_FAILED'
  | 'CHILD_EXITED'
  | 'CHANNEL_CLOSED'
  | 'METHOD_NOT_FOUND'
  | 'NOT_SERIALIZABLE'
  | 'INVALID_ARGUMENT'
  | 'INVALID_RESULT'
  | 'NOT_ALLOWED'
  | 'OVERLOADED'
  | 'TOO_LARGE'
  | 'REFERENCE_RELEASED'
  | 'PROTOCOL_ERROR'
  | 'INVALID_OPTION';

/** `'not-sent'`: the function certainly did not run and the call can be made again. `'unknown'`: it may have run. */
export type Delivery = 'not-sent' | 'unknown';

/** How a child ended. */
export interface ExitReason {
  /** The exit code; `null` when a signal ended the process. */
  readonly code: number | null;
  /** The signal that ended the process; always `null` for a worker thread. */
  readonly signal: string | null;
  /** The last few KiB the child wrote to stderr; empty with `stderr: 'ignore'`. */
  readonly stderr: string;
}

/** One thing that a schema has found wrong. */
export interface Issue {
  /** What is wrong, in the words of the schema's library; cut where it is very long. */
  readonly message: string;
  /**
   * Steps to the value: from the list of arguments down, so that the first is the number of an argument, or from the
   * result down.
   */
  readonly path: readonly (string | number)[];
}

/** What an {@link RpcError} says beside its code and message. */
export interface RpcErrorDetails {
  /** The error behind this one, such as the one a module threw while it was loaded. */
  readonly cause?: unknown;
  /** Whether the call can have reached the function; present where that is in question. */
  readonly delivery?: Delivery | undefined;
  /** How the child ended; present with `CHILD_EXITED`, and with `START_FAILED` where it ended. */
  readonly exit?: ExitReason | undefined;
  /** What a schema has found wrong; present with `INVALID_ARGUMENT` and `INVALID_RESULT`. */
  readonly issues?: readonly Issue[] | undefined;
}
