import type { Tunnel } from './tunnel.ts';

/** Who listens to the endpoint of a session. */
export interface MainPortListener {
  message(value: unknown): void;
  /** Nothing follows; with the reason, where the session has ended. */
  closed(reason: Error | undefined): void;
}

/**
 * The endpoint of a session: one port to the other side that is there without being sent. Messages wait at the other
 * side until somebody listens here.
 */
export class MainPort {
  readonly #tunnel: Tunnel;
  readonly #waiting: (change: 1 | -1) => void;
  readonly #listeners = new Set<MainPortListener>();
  #opened = false;
  #ended: { readonly reason: Error | undefined } | undefined;

  /** @param waiting - Keeps the process alive. */
  constructor(tunnel: Tunnel, waiting: (change: 1 | -1) => void) {
    this.#tunnel = tunnel;
    this.#waiting = waiting;
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
  listen(listener: MainPortListener): () => void {
    this.#listeners.add(listener);
    this.#open();
    return () => this.#listeners.delete(listener);
  }

  /** Something is awaited from the other side (1), or no more (-1): the process stays alive for it. */
  waiting(change: 1 | -1): void {
    this.#waiting(change);
  }

  /** Ends it at both sides. */
  close(): void {
    this.#open();
    this.#tunnel.close();
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#tunnel.open(
      {
        deliver: (value) => {
          for (const listener of this.#listeners) listener.message(value);
        },
        // Whoever posts is told by an error when too much waits.
        pause: () => {},
        resume: () => {},
        end: (reason) => {
          this.#ended = { reason };
          for (const listener of this.#listeners) listener.closed(reason);
        },
      },
      false,
    );
  }
}
