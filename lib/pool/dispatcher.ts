import type { Call, Handler } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { endingOf, timeoutError } from '../session/call-failure.ts';
import { target } from '../call/target.ts';
import type { Balance } from './balance.ts';
import type { PoolCallOptions } from './call-options.ts';
import { isAbandoned, isLostWithMember } from './fate.ts';
import type { Loads } from './loads.ts';
import type { Member } from './member.ts';
import { Occupancy } from './occupancy.ts';
import type { Pace } from './pace.ts';
import { Task, type Attempt } from './task.ts';
import { WaitingRoom, type WaitingLimits } from './waiting-room.ts';

/** What a dispatcher is made of. */
export interface DispatcherSettings {
  readonly loads: Loads<Member>;
  readonly balance: Balance;
  readonly pace: Pace;
  /** How many calls may wait. */
  readonly waiting: WaitingLimits;
}

/** What a dispatcher tells its pool. */
export interface DispatcherEvents {
  /** Calls wait that no member has room for. */
  wanting(): void;
  /** A call of a member has ended. */
  ended(member: Member): void;
  full(): void;
  /** Nothing waits or is under way any more. */
  idle(): void;
}

/** Hands calls to members, and keeps them while none has room. */
export class Dispatcher {
  readonly #settings: DispatcherSettings;
  readonly #events: DispatcherEvents;
  readonly #room: WaitingRoom;
  readonly #occupancy: Occupancy;
  // The last call that had to wait: whose result is iterated at once is that.
  #last: Task | undefined;
  #refusal: ((call: Call) => unknown) | undefined;
  #over = false;

  constructor(settings: DispatcherSettings, events: DispatcherEvents) {
    this.#settings = settings;
    this.#events = events;
    const { loads, pace } = settings;
    this.#occupancy = new Occupancy(loads, pace, {
      freed: (member) => {
        if (this.#room.queued > 0) this.#serve(member);
        events.ended(member);
        this.#checkIdle();
      },
      room: (member) => {
        if (this.#room.queued > 0) this.#serve(member);
      },
    });
    this.#room = new WaitingRoom(settings.waiting, () => {
      this.#admit();
      this.#checkIdle();
    });
  }

  /** Calls that wait in the queue. */
  get queued(): number {
    return this.#room.queued;
  }

  /** Calls that wait for a place in it. */
  get waiting(): number {
    return this.#room.outside;
  }

  get running(): number {
    return this.#occupancy.running;
  }

  get finished(): number {
    return this.#occupancy.finished;
  }

  /** Calls that any member could take, if one had room. */
  get unplaced(): number {
    const { loads, pace } = this.#settings;
    // They leave with the next batch.
    return loads.least !== undefined && loads.least.load < pace.limit ? 0 : this.#room.shared.size;
  }

  get isIdle(): boolean {
    return this.#occupancy.running === 0 && this.#room.queued === 0 && this.#room.outside === 0;
  }

  /** Makes a call at the member that it is for, once that has room for it. */
  readonly handler: Handler = (call) => {
    const member = this.#roomFor(call);
    if (member === undefined) return this.#later(call);
    return this.#follow(call, member, this.#occupancy.send(member, call));
  };

  /**
   * The result of a call is about to be iterated, which says so to the member that it is at.
   *
   * @param members - Those there are.
   */
  iterating(call: Call, members: Iterable<Member>): void {
    const task = this.#last;
    if (task?.call === call) task.isIterated = true;
    else for (const { child } of members) child.origin.iterating?.(call);
  }

  /** Makes a call at one member, whether it has room or not. */
  at(member: Member, call: Call): Promise<unknown> {
    return this.#follow(call, member, this.#occupancy.send(member, call), false);
  }

  /** The member for something that is to stay there, however busy it is; `undefined` where none takes calls. */
  memberFor(options: PoolCallOptions): Member | undefined {
    return this.#settings.balance.pick({ target: nothing, args: [], options }, Infinity);
  }

  /** No further calls are taken; those that wait go on waiting. */
  close(refusal: (call: Call) => unknown): void {
    this.#refusal ??= refusal;
  }

  /** Refuses all calls that wait. */
  refuseAll(refusal: (call: Call) => unknown): void {
    this.#room.refuseAll(refusal);
  }

  /** Refuses all calls that wait, and moves none any more. */
  end(refusal: (call: Call) => unknown): void {
    this.#over = true;
    this.#refusal ??= refusal;
    this.refuseAll(refusal);
  }

  /** A member takes calls from now on. */
  add(member: Member): void {
    this.#occupancy.list(member);
    this.#settings.balance.joined?.(member);
    this.#serve(member);
  }

  /** The channel of a member has ended: it gets no more calls, and those that wait for it see what becomes of it. */
  lose(member: Member): void {
    this.#occupancy.unlist(member);
    this.#settings.balance.left?.(member);
  }

  /** A member takes no calls any more; those that waited for it alone wait for any. */
  remove(member: Member): void {
    this.lose(member);
    for (const task of this.#room.evict(member)) this.#place(task);
    this.#serve();
    if (this.#room.shared.size > 0) this.#events.wanting();
  }

  /** The member that can have a call at once, none being before it. */
  #roomFor(call: Call): Member | undefined {
    if (this.#room.shared.size > 0 || this.#refusal !== undefined) return undefined;
    // Nothing would be sent.
    if (call.options.signal?.aborted === true) return undefined;
    const member = this.#settings.balance.pick(call, this.#settings.pace.limit);
    return member !== undefined && this.#occupancy.hasRoom(member) && !this.#occupancy.isBatchFull(member)
      ? member
      : undefined;
  }

  /** What becomes of a call that a member was handed. */
  async #follow(
    call: Call,
    member: Member,
    inner: Promise<unknown>,
    movable = true,
    earlier?: Attempt,
  ): Promise<unknown> {
    const since = call.options.timeoutMs === undefined ? 0 : performance.now();
    let value: unknown;
    try {
      value = await inner;
    } catch (error) {
      const isMoved = movable && !this.#over && isLostWithMember(call, error, earlier?.attempts ?? 0);
      // Before it leaves where it was: at no time is it nowhere.
      const moved = isMoved ? this.#later(call, attempt(call, since, earlier)) : undefined;
      if (isAbandoned(call, error)) this.#occupancy.abandoned(member);
      else if (endingOf(error) === undefined) this.#occupancy.ended(member);
      else this.#occupancy.freed(member);
      if (moved !== undefined) return moved;
      throw error;
    }
    this.#occupancy.ended(member);
    return value;
  }

  #checkIdle(): void {
    if (this.isIdle) this.#events.idle();
  }

  /** A member has ended, and with it the calls that nobody waited for. */
  gone(member: Member): void {
    this.#occupancy.gone(member);
  }

  /** A call that no member has room for. */
  #later(call: Call, earlier?: Attempt): Promise<unknown> {
    const task = new Task(call, performance.now(), earlier);
    this.#last = task;
    return this.#wait(task);
  }

  async #wait(task: Task): Promise<unknown> {
    const { call } = task;
    const { signal, timeoutMs } = call.options;
    if (signal?.aborted === true) throw signal.reason;
    // One that was handed over once is no new call.
    if (this.#refusal !== undefined && task.attempts === 0) throw this.#refusal(call);
    this.#room.watch(task);
    if (!this.#room.isFull || task.attempts > 0) {
      this.#place(task);
    } else {
      this.#events.full();
      this.#room.joinOutside(task);
    }
    const refusal = await task.turn;
    if (refusal !== undefined) throw refusal();
    try {
      return await this.#follow(call, task.member!, task.inner!, true, task);
    } catch (error) {
      // The session has counted what was left.
      const late =
        error instanceof RpcError && error.code === 'TIMEOUT' && performance.now() >= task.deadline;
      throw late ? timeoutError(call, timeoutMs ?? Infinity, true) : error;
    }
  }

  /** Puts a call where it waits: for the member it is for, or for any. */
  #place(task: Task): void {
    const { balance, pace } = this.#settings;
    const member = this.#room.shared.size > 0 ? undefined : balance.pick(task.call, pace.limit);
    if (member === undefined) {
      this.#room.join(task);
      this.#events.wanting();
    } else if (!this.#occupancy.hasRoom(member)) {
      this.#room.join(task, member);
    } else if (this.#occupancy.isBatchFull(member)) {
      this.#room.join(task);
    } else {
      this.#hand(task, member);
    }
  }

  /** Lets calls into the queue that waited for a place in it. */
  #admit(): void {
    for (let task = this.#room.admit(); task !== undefined; task = this.#room.admit()) this.#place(task);
  }

  /** Hands out calls that wait, as long as there is room. */
  #serve(member?: Member): void {
    if (member !== undefined) this.#serveOwn(member, true);
    const { balance, pace, loads } = this.#settings;
    const { shared } = this.#room;
    for (let task = shared.next; task !== undefined; task = shared.next) {
      // Of the balances one may look at all members: not for nothing.
      if (loads.least === undefined || loads.least.load >= pace.limit) break;
      const picked = balance.pick(task.call, pace.limit);
      if (picked === undefined || (this.#occupancy.hasRoom(picked) && this.#occupancy.isBatchFull(picked)))
        break;
      this.#room.leave(task);
      if (this.#occupancy.hasRoom(picked)) this.#hand(task, picked);
      else this.#room.join(task, picked);
    }
    if (member !== undefined) this.#serveOwn(member, false);
    this.#admit();
  }

  /** Hands a member the calls that wait for it alone; only those that are before all others, if so wanted. */
  #serveOwn(member: Member, onlyBefore: boolean): void {
    while (member.listed && member.load < this.#settings.pace.limit) {
      const task = this.#room.nextFor(member);
      if (task === undefined || this.#occupancy.isBatchFull(member)) return;
      if (onlyBefore && !this.#room.isBefore(member)) return;
      this.#room.leave(task);
      this.#hand(task, member);
    }
  }

  #hand(task: Task, member: Member): void {
    const { call, deadline } = task;
    const leftMs = deadline === Infinity ? Infinity : deadline - performance.now();
    // Its timer is late.
    if (leftMs <= 0) {
      task.refuse(() => timeoutError(call, call.options.timeoutMs ?? 0, false));
      return this.#checkIdle();
    }
    const rest =
      leftMs === Infinity ? call : { ...call, options: { ...call.options, timeoutMs: Math.ceil(leftMs) } };
    task.member = member;
    if (this.#last === task) this.#last = undefined;
    task.handed(this.#occupancy.send(member, rest));
    if (task.isIterated) member.child.origin.iterating?.(rest);
  }
}

/** What a balance is told of a call that is not there yet. */
const nothing = target([]);

/** What is known of a call that its member was lost with. */
function attempt(call: Call, since: number, earlier: Attempt | undefined): Attempt {
  const { timeoutMs = Infinity } = call.options;
  return { deadline: earlier?.deadline ?? since + timeoutMs, attempts: (earlier?.attempts ?? 0) + 1 };
}
