import type { CallOptions } from '../call/call.ts';
import type { Origin } from '../call/origin.ts';
import { defaultGraceMs } from '../connect/connect-options.ts';
import type { ProtocolSettings, SessionCore } from '../connect/protocol.ts';
import { Conversation, type Common } from './conversation.ts';
import { Family } from './family.ts';
import { comlinkRemote, type Link } from './remote.ts';
import { Transfers } from './transfers.ts';
import type { Wire } from './wire.ts';

/** A session in Comlink's protocol: the conversation over the endpoint, and one for each object by reference. */
export class ComlinkSession implements SessionCore {
  readonly origin: Origin;
  // Comlink has no handshake; what is posted before the other side listens waits in the port.
  readonly ready: Promise<void> = Promise.resolve();
  readonly closed: Promise<Error | undefined>;
  // A port does not say how much of what it was given has been taken.
  readonly queuedBytes = 0;
  readonly openStreams = 0;
  readonly #root: Conversation;
  readonly #family: Family;
  readonly #link: Link;

  constructor(wire: Wire, settings: ProtocolSettings) {
    const { name, exposed, limits, middleware, servedMiddleware, onError } = settings;
    let last = 0;
    const nextId = (): string => `${name}-${++last}`;
    const common: Common = {
      limits,
      middleware,
      servedMiddleware,
      onError,
      transfers: new Transfers(),
      nextId,
    };
    const hold = exposed === undefined ? 'while-awaited' : 'always';
    this.#family = new Family(common, hold);
    this.#root = new Conversation(wire, exposed, hold, this.#family, common);
    this.#link = { ...this.#family.link(this.#root), release: () => this.close(defaultGraceMs) };
    this.origin = {
      owner: this,
      handler: this.#root.handler,
      // Its own remotes are let go of by their links.
      release: () => {},
      delivered: () => Promise.resolve(),
    };
    this.closed = this.#ended();
  }

  get pendingCalls(): number {
    return this.#root.pendingCalls + this.#family.pendingCalls;
  }

  get runningCalls(): number {
    return this.#root.runningCalls + this.#family.runningCalls;
  }

  get exportedReferences(): number {
    return this.#family.served;
  }

  get importedReferences(): number {
    return this.#family.reached;
  }

  get ignoredMessages(): number {
    return this.#root.ignoredMessages + this.#family.ignoredMessages;
  }

  remote(options: CallOptions): object {
    return comlinkRemote(this.#link, options);
  }

  async close(graceMs: number): Promise<void> {
    const start = performance.now();
    // What runs may still call back and use the objects it was given.
    await this.#root.close(graceMs);
    await this.#family.close(Math.max(0, graceMs - (performance.now() - start)));
    await this.closed;
  }

  async #ended(): Promise<Error | undefined> {
    const error = await this.#root.closed;
    // But for a loss they outlive the proxy they came from, as with Comlink.
    if (error !== undefined) await this.#family.lose(error);
    return error;
  }
}
