import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { endingOf } from '../session/call-failure.ts';

/** How often an idempotent call is made again, where nothing else is said. */
const defaultRetries = 1;

// A call that never reached a function is made again by itself; a bound, since each time a member has died.
const mostAttempts = 10;

/** Whether a call was given up by its caller, so that it may still run. */
export function isAbandoned(call: Call, error: unknown): boolean {
  const { signal, timeoutMs } = call.options;
  if (signal?.aborted === true && error === signal.reason) return true;
  return timeoutMs !== undefined && error instanceof RpcError && error.code === 'TIMEOUT';
}

/**
 * Whether a call has failed because its member is gone and can be made at another: it never reached the function, or
 * may run twice. Functions can throw errors that look the same, and are not mistaken for it.
 *
 * @param attempts - How often it has lost a member before.
 */
export function isLostWithMember(call: Call, error: unknown, attempts: number): boolean {
  if (!(error instanceof RpcError) || endingOf(error) === undefined) return false;
  if (error.delivery === 'not-sent') return attempts < mostAttempts;
  const { idempotent = false, retries = defaultRetries } = call.options;
  return idempotent && attempts < retries;
}
