import type { ExitReason } from '../errors/errors.ts';

/** A process or thread that has been started, however that was done. */
export interface Life {
  /** What it is called in error messages: "process 123", "worker 4". */
  readonly name: string;
  /** The id of the process or thread; `undefined` where there is none. */
  readonly id: number | undefined;
  /** Fulfils when it has ended, with what is known of that. */
  readonly exited: Promise<ExitReason>;
  /** What it died of, where that is known: the error of a thread, or why the process could not be started. */
  readonly error: Error | undefined;
  /** Asks it to end, as a process manager would. */
  stop(): void;
  /** Ends it now. */
  kill(): void;
  /** Keeps this process alive until it has ended, or does not. */
  ref(): void;
  unref(): void;
  /** Whether it is running code, waits for something, or is stopped; `undefined` where this system does not tell. */
  condition(): 'running' | 'stopped' | undefined;
}

/** How a child ended, in words: "exited with code 1". */
export function exitText(exit: ExitReason): string {
  if (exit.signal !== null) return `was ended by ${exit.signal}`;
  return exit.code === null ? 'ended' : `exited with code ${exit.code}`;
}
