import type { Readable } from 'node:stream';

import type { BlockingHandler } from '../call/blocking.ts';
import type { Origin } from '../call/origin.ts';
import type { CloseOptions, SessionStats } from '../connect/session.ts';
import type { ExitReason } from '../errors/errors.ts';
import type { MainPort } from '../session/ports/main-port.ts';
import type { ChildState } from './child.ts';

/** A child before it is dressed for users. Its members are those of {@link Child}, where nothing else is said. */
export interface ChildCore {
  /** Where the calls of its remote go. */
  readonly origin: Origin;
  /** Makes the calls that block this thread; only on threads. */
  readonly blocking: BlockingHandler;
  readonly ready: Promise<void>;
  readonly exited: Promise<ExitReason>;
  readonly state: ChildState;
  readonly restarts: number;
  readonly stats: SessionStats;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** The id of the process or thread; `undefined` where there is none. */
  readonly id: number | undefined;
  /** The port of the session there is now. */
  readonly mainPort: MainPort;
  close(options?: CloseOptions): Promise<void>;
  terminate(): Promise<void>;
  /** Keeps this process alive in any case, or in none. */
  hold(held: boolean): void;
}
