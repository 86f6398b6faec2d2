import type { Call } from '../call/call.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import { callName } from '../call/call-name.ts';
import type { Delivery, ExitReason, RpcErrorCode } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { withCallSite, type PassedSignals } from './call-site.ts';

/** Why calls fail that have no reply: what happened, without the call it happened to. */
export interface Ending {
  readonly code: RpcErrorCode;
  /** What happened, as a sentence without its full stop: "the child was ended by SIGKILL". */
  readonly happened: string;
  readonly cause?: unknown;
  readonly exit?: ExitReason | undefined;
}

/** What became of one call that failed. */
export class CallFailure {
  readonly #toError: () => unknown;
  readonly #there: PassedSignals | undefined;

  /**
   * @param toError - Makes what the call rejects with. Called where the call is awaited, so that its stack shows who did.
   * @param there - The call, where it is an error of the other side's: its stack leads on to where the call was awaited.
   */
  constructor(toError: () => unknown, there?: PassedSignals) {
    this.#toError = toError;
    this.#there = there;
  }

  /**
   * What the call rejects with.
   *
   * @param from - The function the user has called, where its call was not awaited but blocked this thread.
   */
  toError(from?: object): unknown {
    const error = this.#toError();
    return this.#there === undefined ? error : withCallSite(error, this.#there, from);
  }
}

// Not enumerable, and of no interest to users: it tells the errors made here from those that functions throw.
const endingKey: unique symbol = Symbol('portcall.ending') as never;

/** What ended the session on which a call failed with this error; `undefined` where it failed for another reason. */
export function endingOf(error: unknown): Ending | undefined {
  return error instanceof RpcError ? (error as { [endingKey]?: Ending })[endingKey] : undefined;
}

/**
 * The error of a call that an ending has met.
 *
 * @param again - Whether the call could be made again as it was; one that has used up streams could not.
 */
export function endedError(call: Call, ending: Ending, sent: boolean, again = true): RpcError {
  const delivery: Delivery = sent ? 'unknown' : 'not-sent';
  const fate = sent
    ? `${callName(call)} got no reply: ${ending.happened}. It may have run; make it again only if that does no harm`
    : `${callName(call)} was not sent: ${ending.happened}. It did not run`;
  const error = new RpcError(ending.code, fate, {
    delivery,
    exit: ending.exit,
    ...(ending.cause !== undefined && { cause: ending.cause }),
  });
  return again ? Object.defineProperty(error, endingKey, { value: ending }) : error;
}

/** The error of a call that was made before the other side had said how much a value may hold that it takes. */
export function tooMuchError(call: Call, limit: keyof TextLimits): RpcError {
  const much = limit === 'depth' ? 'are nested more deeply' : 'hold more values';
  return new RpcError(
    'NOT_SERIALIZABLE',
    `${callName(call)} was not sent: its arguments ${much} than the other side takes; ` +
      `send less at a time or raise limits.${limit} there`,
    { delivery: 'not-sent' },
  );
}

/** The error of a call on something that is gone: in the words of the call where it was released, or what it failed with. */
export function goneError(call: Call, gone: Error): Error {
  if (!(gone instanceof RpcError) || gone.code !== 'REFERENCE_RELEASED') return gone;
  return new RpcError(
    gone.code,
    `${callName(call)} was not sent: ${gone.message}. It did not run; release a remote once nothing calls it any more`,
    { delivery: 'not-sent' },
  );
}

/** The error of a call that took too long. */
export function timeoutError(call: Call, timeoutMs: number, sent: boolean): RpcError {
  const what = sent
    ? `${callName(call)} did not reply within ${timeoutMs} ms and was cancelled. It may have run, and still runs if it does not heed its signal`
    : `${callName(call)} could not be sent within ${timeoutMs} ms. It did not run`;
  return new RpcError('TIMEOUT', what, { delivery: sent ? 'unknown' : 'not-sent' });
}
