import type { AnyPort } from '../../shared/attachments.ts';

/** What stands at this side of a tunnel: a port of the program's, or the endpoint of the session. */
export interface LocalEnd {
  /**
   * A message of the other side's.
   *
   * @throws Whatever keeps this one message from being delivered
   */
  deliver(value: unknown): void;
  /** The other side takes no more for now. */
  pause(): void;
  resume(): void;
  /** The tunnel has ended; with the reason, where it was no orderly end of the port. Called once. */
  end(reason?: Error): void;
}

/** The side of a tunnel that a port of the program's sees. */
interface PortEvents {
  /** A message to be sent through. */
  message(value: unknown): void;
  /** The port was closed. */
  closed(): void;
}

/** Looks on at one port, for a protocol that knows what is awaited through it. */
export interface PortWatch {
  /** A message goes to the other side. */
  sent(value: unknown): void;
  /** A message has come from there. */
  received(value: unknown): void;
  /** Nothing more will come: what whoever waits at this side is told in place of an answer. */
  last(reason: Error | undefined): readonly unknown[];
}

/** MessagePorts of this runtime. */
export interface PlatformPorts {
  /** What a port sends goes through a tunnel from now on, and what comes from there is posted to it. */
  bridge(port: AnyPort, events: PortEvents): LocalEnd;
  /** Two ports that lead to each other. */
  pair(): readonly [AnyPort, AnyPort];
}
