import type { Call, TargetBase } from '../call/call.ts';
import type { Origin } from '../call/origin.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Middleware } from '../middleware/middleware.ts';
import type { Codec } from '../values/values.ts';
import type { Ending } from './call-failure.ts';
import type { HoldRule } from './hold.ts';
import type { PlatformHandles } from './platform-handles.ts';
import type { PlatformPorts } from './ports/local-end.ts';
import type { PlatformStreams } from './streams/stream-values.ts';

/** What a session is made of. Whoever makes one has checked the options of the user. */
export interface SessionSettings {
  /** An unguessable name, said in the handshake. */
  readonly name: string;
  readonly limits: Limits;
  readonly codec: Codec;
  /**
   * Fulfils once the codec can be used, where that is not from the beginning: calls are not written before. Whoever
   * gives it sees that no values arrive before, and ends the session where it rejects.
   */
  readonly prepared?: Promise<void> | undefined;
  /** What the other side may call; `undefined` for nothing yet. */
  readonly exposed?: Exposed | undefined;
  /** Hello is said at once, unless this side says itself when it can take calls. */
  readonly helloNow: boolean;
  /** How long the other side may take to say hello. */
  readonly handshakeMs: number;
  /** Around the calls this side makes. */
  readonly middleware: readonly Middleware[];
  /** Around the calls this side takes. */
  readonly servedMiddleware: readonly Middleware[];
  /** Makes the remote for a reference that has arrived. */
  readonly dress: (origin: Origin, reference: TargetBase & { readonly kind: number }) => object;
  /** Streams of the runtime's own, beside those of the web. */
  readonly platformStreams?: PlatformStreams | undefined;
  /** Ports of the runtime, for those that a channel cannot carry. */
  readonly platformPorts?: PlatformPorts | undefined;
  /** Handles of the system that the runtime can pass on. */
  readonly platformHandles?: PlatformHandles | undefined;
  /** Told of errors that belong to no call of this side. */
  readonly onError: (error: unknown) => void;
  /** When the channel keeps the process alive. */
  readonly hold: HoldRule;
  /**
   * Told of each call made with `kill` that was sent and then given up, because of its deadline or signal; `over`
   * fulfils once its function has ended, and never where the channel ends first.
   */
  readonly givenUp?: ((call: Call, over: Promise<void>) => void) | undefined;
  /**
   * Says why the channel ended, once that is known; the calls that wait are rejected with it.
   *
   * Given the error of the channel, if it had one, and what the other side said of its own end, if it did.
   */
  readonly explain: (error: Error | undefined, theirs: Ending | undefined) => Ending | Promise<Ending>;
}

/** An object whose own members can be called from the other side. */
export interface Exposed {
  readonly api: object;
  /** What it is called in error messages. */
  readonly what: string;
  /** Around the calls of it, within the session's own. */
  readonly middleware?: readonly Middleware[] | undefined;
}
