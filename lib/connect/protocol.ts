import type { CallOptions } from '../call/call.ts';
import type { Origin } from '../call/origin.ts';
import type { Middleware } from '../middleware/middleware.ts';
import type { Limits } from '../protocol/limits.ts';
import type { MainPort } from '../session/ports/main-port.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * What a session speaks over an endpoint, where that is not Portcall's own protocol: the option `protocol` of
 * {@link connect} and {@link expose}.
 *
 * @example
 * ```ts
 * import { MessageChannel } from 'node:worker_threads';
 * import { connect, type Protocol } from 'portcall';
 * import { comlink } from 'portcall/comlink';
 *
 * const protocol: Protocol = comlink;
 * const { port1, port2 } = new MessageChannel();
 * connect(port2, { protocol, expose: { add: (a: number, b: number) => a + b } });
 * const session = connect<{ add(a: number, b: number): number }>(port1, { protocol });
 * console.log(await session.remote.add(2, 3)); // 5
 * await session.close();
 * ```
 */
export interface Protocol {
  /** What it is called in error messages. */
  readonly name: string;
  /**
   * Opens one end of a conversation.
   *
   * @param endpoint - What leads to the other side, as the user passed it.
   * @param settings - What the user asked for, checked and with its defaults.
   * @throws RpcError `INVALID_OPTION` where it cannot be spoken over that endpoint
   */
  open(endpoint: Endpoint, settings: ProtocolSettings): SessionCore;
  /**
   * What leads to whoever started this program, for an `expose` that names no endpoint in a program which Portcall has
   * not launched. Absent, or `undefined`, where only the user can know.
   */
  parent?(): Endpoint | undefined;
}

/** What a protocol is told of the session it is to open. */
export interface ProtocolSettings {
  /** The function the user called, for the messages of errors: `connect()`. */
  readonly where: string;
  /** An unguessable name for this end of the conversation. */
  readonly name: string;
  /** What the other side may reach; `undefined` for nothing. */
  readonly exposed: object | undefined;
  /** What this side takes before it says no. */
  readonly limits: Limits;
  /** Around the calls this side makes; the first is the outermost. */
  readonly middleware: readonly Middleware[];
  /** Around the calls this side takes; the first is the outermost. */
  readonly servedMiddleware: readonly Middleware[];
  /** Told of errors that no call of this side rejects with. */
  readonly onError: (error: unknown) => void;
}

/** One end of a conversation, before it is dressed as a {@link Session}. */
export interface SessionCore {
  /** What remotes are made from. */
  readonly origin: Origin;
  /** Fulfils once the other side takes calls; raises no unhandled rejection. */
  readonly ready: Promise<void>;
  /** Fulfils when all is settled and this end is gone, with the reason where it was no orderly end. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  /** Calls made here that wait for their replies. */
  readonly pendingCalls: number;
  /** Calls of the other side that run here. */
  readonly runningCalls: number;
  /** Bytes that wait for the other side to read, where that is known. */
  readonly queuedBytes: number;
  /** Messages that concerned nothing here. */
  readonly ignoredMessages: number;
  /** What the other side holds of this one by reference. */
  readonly exportedReferences: number;
  /** What this side holds of the other. */
  readonly importedReferences: number;
  /** Streams that have not ended; none in a protocol that has no streams. */
  readonly openStreams: number;
  /**
   * The port to the other side that every session of Portcall's own protocol has; absent in another protocol.
   *
   * @internal
   */
  readonly mainPort?: MainPort;
  /**
   * A remote whose calls have these options; absent where remotes are no more than members that can be called and read.
   */
  remote?(options: CallOptions): object;
  /**
   * Takes and makes no new calls, finishes those under way, then ends the conversation.
   *
   * @param graceMs - Milliseconds that calls under way may still take.
   */
  close(graceMs: number): Promise<void>;
}
