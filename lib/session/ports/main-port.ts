import type { PortWatch } from './local-end.ts';
import type { Tunnel } from './tunnel.ts';

/** What the endpoint needs of its session. */
export interface MainPortSession {
  /** Keeps the process alive. */
  waiting(change: 1 | -1): void;
  watch(watch: () => PortWatch): void;
}

/**
 * The endpoint of a session: one port to the other side that is there without being sent. Messages wait at the other
 * side until somebody listens here.
 */
export class MainPort {
  readonly #tunnel: Tunnel;
  readonly #session: MainPortSession;
  readonly #listeners = new Set<(value: unknown) => void>();
  readonly #whenEnded: ((reason: Error | undefined) => void)[] = [];
  #opened = false;
  #ended: { readonly reason: Error | undefined } | undefined;

  constructor(tunnel: Tunnel, session: MainPortSession) {
    this.#tunnel = tunnel;
    this.#session = session;
    if (tunnel.over) this.over();
  }

  /** How it has ended; `undefined` while it has not. */
  get ended(): { readonly reason: Error | undefined } | undefined {
    return this.#ended;
  }

  /**
   * Sends a message to the endpoint of the other side. One that has ended drops it.
   *
   * @throws RpcError `NOT_SERIALIZABLE`, `TOO_LARGE`, `OVERLOADED`
   */
  post(value: unknown): void {
    this.#tunnel.send(value);
  }

  /** Adds a listener, who hears what comes from now on. Returns what removes it. */
  listen(listener: (value: unknown) => void): () => void {
    this.#listeners.add(listener);
    this.#open();
    return () => this.#listeners.delete(listener);
  }

  /** Calls back once nothing will come any more: with the reason, where the session has ended. */
  whenEnded(callback: (reason: Error | undefined) => void): void {
    if (this.#ended === undefined) this.#whenEnded.push(callback);
    else callback(this.#ended.reason);
  }

  /** The tunnel has ended. */
  over(): void {
    if (this.#ended !== undefined) return;
    const { reason } = this.#tunnel;
    this.#ended = { reason };
    for (const callback of this.#whenEnded.splice(0)) callback(reason);
  }

  /** Something is awaited from the other side (1), or no more (-1): the process stays alive for it. */
  waiting(change: 1 | -1): void {
    this.#session.waiting(change);
  }

  /** Has someone look on at each port that is tunnelled from now on. */
  watchPorts(watch: () => PortWatch): void {
    this.#session.watch(watch);
  }

  /** Ends it at both sides. */
  close(): void {
    this.#tunnel.close();
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#tunnel.open(
      {
        deliver: (value) => {
          for (const listener of this.#listeners) listener(value);
        },
        // Whoever posts is told by an error when too much waits.
        pause: () => {},
        resume: () => {},
        end: () => {},
      },
      false,
    );
  }
}
