import type { Call } from '../call/call.ts';
import type { Loads } from './loads.ts';
import type { Member } from './member.ts';
import type { MemberStats } from './pool.ts';
import type { PoolCallOptions } from './call-options.ts';

/** What a {@link BalanceFunction} is told of a call. */
export interface BalancedCall {
  /** The names of what is called: `['render']`; empty where something is made that is to stay, such as an instance. */
  readonly path: readonly string[];
  /** Its arguments; not to be changed. */
  readonly args: readonly unknown[];
  /** The `key` it was made with. */
  readonly key: string | undefined;
  /** The `priority` it was made with. */
  readonly priority: number;
}

/**
 * Picks the member that a call goes to: returns its `id`, or `undefined` to let the pool do so. If the member is busy
 * the call waits for it. Called for each call, with all members that take calls.
 *
 * @example
 * ```ts
 * import type { BalanceFunction } from 'portcall';
 *
 * const oldest: BalanceFunction = (members) => members[0]?.id;
 * ```
 */
export type BalanceFunction = (members: readonly MemberStats[], call: BalancedCall) => number | undefined;

/** Decides which member a call goes to. */
export interface Balance {
  /**
   * The member that a call is for, which may have no room for it yet; `undefined` where it is for whichever has room
   * first.
   *
   * @param limit - How many calls a member may have under way.
   */
  pick(call: Pick<Call, 'target' | 'args' | 'options'>, limit: number): Member | undefined;
  /** A member takes calls from now on. */
  joined?(member: Member): void;
  /** A member takes no calls any more. */
  left?(member: Member): void;
}

/** To the one with the fewest calls under way. */
export function leastLoaded(loads: Loads<Member>): Balance {
  return {
    pick: (_, limit) => {
      const { least } = loads;
      return least !== undefined && least.load < limit ? least : undefined;
    },
  };
}

/** To each in turn that has room. */
export function roundRobin(loads: Loads<Member>): Balance {
  const members: Member[] = [];
  let turn = 0;
  return {
    pick: (_, limit) => {
      const { least } = loads;
      if (least === undefined || least.load >= limit) return undefined;
      // There is one with room.
      for (;;) {
        turn = (turn + 1) % members.length;
        const member = members[turn]!;
        if (member.listed && member.load < limit) return member;
      }
    },
    joined: (member) => void members.push(member),
    left: (member) => {
      const at = members.indexOf(member);
      if (at !== -1) members.splice(at, 1);
    },
  };
}

// What was used least recently is forgotten beyond this.
const mostKeys = 100_000;

/** To the member that has the calls of the same key; the least loaded gets those of a new one. */
export function byKey(loads: Loads<Member>): Balance {
  const any = leastLoaded(loads);
  const homes = new Map<string, Member>();
  return {
    pick: (call, limit) => {
      const { key } = call.options as PoolCallOptions;
      if (key === undefined) return any.pick(call, limit);
      let home = homes.get(key);
      // One that is asked whether it still runs is not listed, and yet it is the home.
      if (home?.state !== 'ready') home = any.pick(call, limit);
      if (home === undefined) return undefined;
      homes.delete(key);
      homes.set(key, home);
      if (homes.size > mostKeys) homes.delete(homes.keys().next().value!);
      return home;
    },
    left: (member) => {
      for (const [key, home] of homes) if (home === member) homes.delete(key);
    },
  };
}

/**
 * As a function of the user's says.
 *
 * @param onError - Told what it throws, and that it named no member; the least loaded is taken then.
 */
export function byFunction(
  loads: Loads<Member>,
  pick: BalanceFunction,
  onError: (error: unknown) => void,
): Balance {
  const any = leastLoaded(loads);
  const members = new Map<number, Member>();
  return {
    pick: (call, limit) => {
      const { key, priority = 0 } = call.options as PoolCallOptions;
      try {
        const stats = [...members.values()].map((member) => member.stats);
        const id =
          stats.length === 0
            ? undefined
            : pick(stats, { path: call.target.path, args: call.args, key, priority });
        if (id === undefined) return any.pick(call, limit);
        const member = members.get(id);
        if (member !== undefined) return member;
        onError(
          new TypeError(`the function "balance" of a pool returned ${String(id)}, which is no member’s id`),
        );
      } catch (error) {
        onError(error);
      }
      return any.pick(call, limit);
    },
    joined: (member) => void members.set(member.id, member),
    left: (member) => void members.delete(member.id),
  };
}
