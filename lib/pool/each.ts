import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { callName } from '../call/call-name.ts';
import type { Member } from './member.ts';

/**
 * Makes a call at each of some members.
 *
 * @param at - Makes it at one.
 * @throws What one of them has thrown, or an AggregateError where several have; all have ended by then.
 */
export async function callEach(
  members: readonly Member[],
  call: Call,
  at: (member: Member) => Promise<unknown>,
): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(members.map(at));
  const errors = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(
      errors,
      `${callName(call)} failed at ${errors.length} of ${members.length} members`,
    );
  }
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value);
}

/** Fulfils once a member takes calls; rejects where it will not. */
export async function whenServing(member: Member): Promise<void> {
  if (await member.prepared) return;
  throw member.failure instanceof RpcError
    ? member.failure
    : new RpcError('CHILD_EXITED', 'a member of the pool ended before it took calls', {
        delivery: 'not-sent',
      });
}
