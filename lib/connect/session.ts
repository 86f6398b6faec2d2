import type { CallOptions } from '../call/call.ts';
import type { Allow } from '../middleware/allow.ts';
import type { Middleware } from '../middleware/middleware.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Pipeline } from '../remote/pipeline-types.ts';
import type { Remote } from '../remote/types.ts';
import type { ApiSchemas } from '../validation/validation.ts';
import type { Protocol } from './protocol.ts';
import type { ChosenCodec } from '../values/chosen-codec.ts';
import type { Definition } from '../values/definitions.ts';

/** Options of {@link connect}. */
export interface ConnectOptions {
  /**
   * An object, or a module, whose own functions the other side can call.
   *
   * @defaultValue nothing
   */
  readonly expose?: object | undefined;
  /**
   * What this side takes before it says no, over the defaults of {@link Limits}.
   *
   * @defaultValue the defaults
   */
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Around the calls this side makes; the first is the outermost.
   *
   * @defaultValue none
   */
  readonly middleware?: readonly Middleware[] | undefined;
  /**
   * Around the calls this side takes; the first is the outermost.
   *
   * @defaultValue none
   */
  readonly servedMiddleware?: readonly Middleware[] | undefined;
  /**
   * Asked of each call this side takes whether it may be made, before anything else is done for it. A call that may
   * not rejects with `NOT_ALLOWED`.
   *
   * @defaultValue every call may
   */
  readonly allow?: Allow | undefined;
  /**
   * What the arguments of the exposed functions are checked with before they run, and their results after that; by
   * name, nested as they are. After all middleware: what that has changed is checked too.
   *
   * @defaultValue nothing is checked
   */
  readonly schemas?: ApiSchemas | undefined;
  /**
   * Exposes no function without a schema for its arguments: that is `INVALID_OPTION` at the start.
   *
   * @defaultValue false
   */
  readonly requireSchemas?: boolean | undefined;
  /**
   * Classes whose instances cross by value, and errors that arrive as instances of their class: what `defineType` and
   * `defineError` give. The other side has to be given the same.
   *
   * @defaultValue none
   */
  readonly types?: readonly Definition[] | undefined;
  /**
   * How values are written, such as `superjson()` from `portcall/superjson`. The other side has to choose the same.
   *
   * @defaultValue Portcall's own way, which every session has
   */
  readonly codec?: ChosenCodec | undefined;
  /**
   * Told of errors that no call of this side rejects with, such as those of one-way calls.
   *
   * @defaultValue a process warning
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * What is spoken, where the other side is no Portcall: `comlink` of `portcall/comlink`.
   *
   * @defaultValue Portcall's own protocol
   */
  readonly protocol?: Protocol | undefined;
}

/** A conversation with another process or thread. */
export interface Session<Module> extends AsyncDisposable {
  /** What the other side exposes. */
  readonly remote: Remote<Module>;
  /** The same whose results can be used before they have arrived: a chain of calls takes one round trip. */
  readonly pipeline: Pipeline<Module>;
  /**
   * Fulfils once the other side takes calls. Calls may be made before; they wait for it. Rejects with the reason where
   * the session ends first, and raises no unhandled rejection by itself.
   */
  readonly ready: Promise<void>;
  /** Fulfils when the session is over, with the reason where it was no orderly end. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Counts of what is under way. */
  readonly stats: SessionStats;
  /**
   * The remote with options for each call made through it.
   *
   * @param options - Deadline, signal and the like.
   * @throws RpcError `INVALID_OPTION`
   */
  with(options: CallOptions): Remote<Module>;
  /**
   * Takes and makes no new calls, finishes those under way in both directions, then ends the channel. Calls that did
   * not finish in time reject with `CHANNEL_CLOSED`.
   *
   * @param options - How long calls under way may take.
   * @throws RpcError `INVALID_OPTION`
   */
  close(options?: CloseOptions): Promise<void>;
}

/** Options of `close`. */
export interface CloseOptions {
  /**
   * Milliseconds that calls under way may still take.
   *
   * @defaultValue 5000
   */
  readonly graceMs?: number | undefined;
}

/** What a session has under way. */
export interface SessionStats {
  /** Calls made here that wait for their replies. */
  readonly pendingCalls: number;
  /** Calls of the other side that run here. */
  readonly runningCalls: number;
  /** Bytes that wait for the other side to read. */
  readonly queuedBytes: number;
  /** Messages that concerned nothing here, such as replies to calls that were given up. */
  readonly ignoredMessages: number;
  /** Functions, objects and results of this side that the other holds. */
  readonly exportedReferences: number;
  /** Functions and objects of the other side that this one holds. */
  readonly importedReferences: number;
  /** Streams and tunnelled ports that have not ended, in both directions. */
  readonly openStreams: number;
}
