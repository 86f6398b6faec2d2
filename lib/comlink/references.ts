import type { MessagePort } from 'node:worker_threads';

/** What a conversation needs to send and receive objects by reference: each is a conversation over a port of its own. */
export interface References {
  /** Serves an object over a new port. */
  serve(object: object): Served;
  /** The remote for an object that the other side serves over a port. */
  reach(port: MessagePort): object;
  /** Lets go of an object that nobody here will use. */
  discard(port: MessagePort): void;
}

/** An object that is served over a port. */
export interface Served {
  /** For the other side. */
  readonly port: MessagePort;
  /** Takes it back, where the port has not been sent. */
  revoke(): void;
}
