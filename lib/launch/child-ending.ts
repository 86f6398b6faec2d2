import type { ExitReason } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Ending } from '../session/call-failure.ts';
import { lastWords } from './last-words.ts';
import { exitText, type Life } from './life.ts';

/** What is known of the end of a child. */
export interface ChildEnd {
  readonly life: Life;
  /** What it ran: a URL or a command. */
  readonly what: string;
  readonly exit: ExitReason;
  /** Why this side has ended it, where it has. */
  readonly why: string | undefined;
  /** What ended its channel. */
  readonly error: Error | undefined;
  /** What the child itself said of its end. */
  readonly theirs: Ending | undefined;
  /** Why its types could not be loaded at this side, where they could not. */
  readonly unprepared: unknown;
}

/** Why calls fail whose child never became ready. */
export function startFailure({ life, what, exit, why, error, theirs, unprepared }: ChildEnd): Ending {
  const cause = theirs?.cause ?? unprepared ?? life.error ?? protocolError(error);
  const reason =
    why ??
    (cause instanceof Error
      ? firstLine(cause.message)
      : `it ${exitText(exit)} before it was ready${quoted(exit)}`);
  return {
    code: 'START_FAILED',
    happened: `${what} could not be started: ${reason}`,
    exit,
    ...(cause !== undefined && { cause }),
  };
}

/** Why calls fail whose child has ended. */
export function childExited({ life, what, exit, why, error }: ChildEnd): Ending {
  const cause = life.error ?? protocolError(error);
  const known = why ?? (ranOutOfMemory(exit, cause) ? 'it ran out of memory (maxHeapBytes)' : undefined);
  const reason = known === undefined ? '' : ` because ${known}`;
  const detail = cause === undefined ? quoted(exit) : `: ${firstLine(cause.message)}`;
  return {
    code: 'CHILD_EXITED',
    happened: `${life.name} (${what}) ${exitText(exit)}${reason}${detail}`,
    exit,
    ...(cause !== undefined && { cause }),
  };
}

/** A thread says so by its error, a process by what V8 prints before it gives up. */
function ranOutOfMemory(exit: ExitReason, cause: Error | undefined): boolean {
  if (cause !== undefined && 'code' in cause) return cause.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return /^FATAL ERROR: .*heap out of memory/m.test(exit.stderr);
}

/** What the child sent that it should not have, where that is why its channel ended. */
function protocolError(error: Error | undefined): RpcError | undefined {
  return error instanceof RpcError && error.code === 'PROTOCOL_ERROR' ? error : undefined;
}

function quoted({ stderr }: ExitReason): string {
  const words = lastWords(stderr);
  return words === '' ? '' : `; the last it wrote to stderr was ${JSON.stringify(words.slice(0, 200))}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
