import type { Call } from '../call/call.ts';
import { afterThisTick } from '../shared/scheduler.ts';
import type { Loads } from './loads.ts';
import type { Member } from './member.ts';
import type { Pace } from './pace.ts';

/** What an occupancy tells. */
export interface OccupancyEvents {
  /** A call of a member has ended. */
  freed(member: Member): void;
  /** A member that is not new has room again. */
  room(member: Member): void;
}

/** How many calls each member has under way, and whether it can have more. */
export class Occupancy {
  readonly #loads: Loads<Member>;
  readonly #pace: Pace;
  readonly #events: OccupancyEvents;
  #running = 0;
  #finished = 0;

  constructor(loads: Loads<Member>, pace: Pace, events: OccupancyEvents) {
    this.#loads = loads;
    this.#pace = pace;
    this.#events = events;
  }

  /** Calls that members have under way. */
  get running(): number {
    return this.#running;
  }

  /** Calls that have ended. */
  get finished(): number {
    return this.#finished;
  }

  /** A member can be given calls. */
  list(member: Member): void {
    member.listed = true;
    this.#loads.add(member);
  }

  /** A member is given no calls, for now or for ever. */
  unlist(member: Member): void {
    if (!member.listed) return;
    member.listed = false;
    this.#loads.remove(member);
  }

  /** Whether a member can have a call, those that wait for it alone being before it. */
  hasRoom({ listed, load, queued }: Member): boolean {
    return listed && load < this.#pace.limit && queued === 0;
  }

  /**
   * Whether a member has got half of what it may have in this batch. A batch is answered as one where its calls do not
   * wait for anything: with two under way, the member has work while the replies to the other are on their way.
   */
  isBatchFull(member: Member): boolean {
    const { limit } = this.#pace;
    if (limit === 1 || member.batched * 2 < limit) return false;
    if (!member.isBatchLeaving) {
      member.isBatchLeaving = true;
      // Behind the session, which sends its batch then.
      afterThisTick(() => {
        member.isBatchLeaving = false;
        member.batched = 0;
        this.#events.room(member);
      });
    }
    return true;
  }

  /** Makes a call at a member. */
  send(member: Member, call: Call): Promise<unknown> {
    if (member.load === 0) member.meter.begin();
    this.#changeLoad(member, 1);
    this.#running++;
    member.batched++;
    return member.send(call);
  }

  /** A member has replied to a call. */
  ended(member: Member): void {
    member.finished++;
    member.meter.ended();
    this.freed(member);
  }

  /** A call is no longer under way, whatever became of it. */
  freed(member: Member): void {
    this.#changeLoad(member, -1);
    this.#running--;
    this.#finished++;
    if (member.load === 0) member.rest();
    this.#events.freed(member);
  }

  /**
   * Nobody waits for a call any more, but it may still run. Its member gets no other until it has shown that its event
   * loop turns: one that loops would seem to be the least loaded of all.
   */
  abandoned(member: Member): void {
    member.abandoned++;
    this.unlist(member);
    if (!member.asked) this.#ask(member);
  }

  /** A member has ended, and with it the calls that nobody waited for. */
  gone(member: Member): void {
    this.#release(member, member.abandoned);
  }

  #ask(member: Member): void {
    const { abandoned } = member;
    member.asked = true;
    // Where the member ends first there is no answer, and its end says that they have ended.
    void member.ping().then(() => {
      member.asked = false;
      member.finished += abandoned;
      this.#release(member, abandoned);
      if (member.abandoned > 0) return this.#ask(member);
      if (member.state !== 'ready' || member.lost) return undefined;
      this.list(member);
      return this.#events.room(member);
    });
  }

  #release(member: Member, calls: number): void {
    member.abandoned -= calls;
    for (let i = 0; i < calls; i++) this.freed(member);
  }

  #changeLoad(member: Member, by: 1 | -1): void {
    if (member.listed) this.#loads.change(member, by);
    else member.load += by;
  }
}
