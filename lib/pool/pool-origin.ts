import type { Call, Handler } from '../call/call.ts';
import type { Origin } from '../call/origin.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { callName } from '../call/call-name.ts';
import type { PoolCallOptions } from './call-options.ts';
import type { Crew } from './crew.ts';
import type { Member } from './member.ts';

/**
 * Where the calls of a pool's remote go: each to one of the members. What a call leaves at a member, such as an
 * instance, stays there, and so do the calls on it.
 *
 * @param dressed - Puts the middleware around a handler.
 * @param options - Of the calls made through that remote.
 */
export function poolOrigin(
  crew: Crew,
  dressed: (handler: Handler) => Handler,
  options: PoolCallOptions,
): Origin {
  return {
    owner: crew,
    handler: dressed(crew.handler),
    iterating: (call) => crew.iterating(call),
    pinned: () => {
      const member = crew.memberFor(options);
      return member === undefined ? refused(crew) : memberOrigin(crew, member, dressed);
    },
    // What is received belongs to the member it comes from.
    release: () => {},
    delivered: () => crew.delivered(),
  };
}

/** Where the calls go that are made on each member. */
export function eachOrigin(crew: Crew, dressed: (handler: Handler) => Handler): Origin {
  return {
    owner: crew,
    handler: dressed(async (call) => {
      await keptBefore(call);
      if (call.keep === undefined) return crew.each(call);
      throw notOnEach(call);
    }),
    release: () => {},
    delivered: () => crew.delivered(),
  };
}

function memberOrigin(crew: Crew, member: Member, dressed: (handler: Handler) => Handler): Origin {
  const { origin } = member.child;
  return {
    ...origin,
    handler: dressed(async (call) => {
      await keptBefore(call);
      return crew.at(member, call);
    }),
  };
}

/** No member will come: the calls are told why. */
function refused(crew: Crew): Origin {
  const handler: Handler = async (call) => {
    await keptBefore(call);
    return crew.handler(call);
  };
  return { owner: crew, handler, release: () => {}, delivered: async () => {} };
}

/** Waits until what a call is made on is there, where that has not been sent yet; throws why it never will be. */
function keptBefore({ target: { base } }: Call): Promise<void> | undefined {
  return base !== undefined && base.id === undefined ? base.sent : undefined;
}

function notOnEach(call: Call): RpcError {
  return new RpcError(
    'INVALID_ARGUMENT',
    `${callName(call)} cannot be made on each member of a pool; export a function that does so there`,
    { delivery: 'not-sent' },
  );
}
