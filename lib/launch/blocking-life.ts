import { callName } from '../call/call-name.ts';
import type { ExitReason } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Blocking } from '../session/blocking.ts';
import { endedError, type Ending } from '../session/call-failure.ts';
import type { BlockingPort } from '../transports/blocking-port.ts';

/** What a thread has that can be waited for without giving up this one. */
export interface BlockingLife {
  readonly port: BlockingPort;
  /** What is known of its end now. */
  exit(): ExitReason;
}

/** What is known of one life of a child. */
export interface BlockedChild {
  /** What it runs, for error messages. */
  readonly what: string;
  /** Until when it has to be ready, on the clock of `performance.now()`. */
  readonly readyBy: number;
  /** Absent while it is not started yet, and where it cannot be waited for. */
  readonly life: () => BlockingLife | undefined;
  /** Whether the types that values are read with are still being loaded, which takes the event loop. */
  readonly preparing: () => boolean;
  /** It has not become ready in time. */
  readonly tooLate: () => void;
  /** Why calls fail, by what is known now. */
  readonly ending: (
    ready: boolean,
    exit: ExitReason,
    error: Error | undefined,
    theirs: Ending | undefined,
  ) => Ending;
}

/** How a session with a thread waits for it without giving up this one. */
export function blockingOn({ what, readyBy, life, preparing, tooLate, ending }: BlockedChild): Blocking {
  const endingNow: Blocking['ending'] = (ready, theirs) => {
    const started = life()!;
    return ending(ready, started.exit(), started.port.failure, theirs);
  };
  let checked = false;
  return {
    readyBy,
    check(call) {
      const started = life();
      if (started === undefined) {
        throw new RpcError(
          'CHILD_EXITED',
          `${callName(call)} was not sent: ${what} has ended and is not started again yet, which this thread would ` +
            'hold up while it is blocked. Await something first, such as a call on "remote"',
          { delivery: 'not-sent' },
        );
      }
      if (preparing()) {
        throw new RpcError(
          'NOT_ALLOWED',
          `${callName(call)} was not sent: the module of "types" is not loaded yet, and could not be while this ` +
            'thread is blocked. Await "ready" first',
          { delivery: 'not-sent' },
        );
      }
      if (!checked) refuseUnblockable(call, started.port.forbidden());
      checked = true;
      // It is known before the event loop has turned, and told as what it is by the session only after that.
      if (started.port.ended) throw endedError(call, endingNow(true, undefined), false);
    },
    receive: (ms) => life()!.port.receive(ms),
    tooLate,
    ending: endingNow,
  };
}

/** @param cause - What forbids to block this thread; `undefined` where nothing does. */
function refuseUnblockable(call: Parameters<Blocking['check']>[0], cause: unknown): void {
  if (cause === undefined) return;
  throw new RpcError(
    'NOT_ALLOWED',
    `${callName(call)} was not sent: this thread may not be blocked (Atomics.wait). Make the call on "remote"`,
    { delivery: 'not-sent', cause },
  );
}
