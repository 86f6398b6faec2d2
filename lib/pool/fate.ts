import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Member } from './member.ts';

/** How often a call is made again that was marked as idempotent and lost its member, where nothing else is said. */
const defaultRetries = 2;

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
 * may run twice. That the same error may have been thrown by the function is why the member itself is looked at.
 *
 * @param attempts - How often it has lost a member before.
 */
export function isLostWithMember(member: Member, call: Call, error: unknown, attempts: number): boolean {
  if (!member.lost || !(error instanceof RpcError) || error.delivery === undefined) return false;
  if (error.code !== 'CHILD_EXITED' && error.code !== 'CHANNEL_CLOSED') return false;
  if (error.delivery === 'not-sent') return attempts < mostAttempts;
  const { idempotent = false, retries = defaultRetries } = call.options as typeof call.options & {
    readonly retries?: number;
  };
  return idempotent && attempts < retries;
}
