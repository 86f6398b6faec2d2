import type { Call, Handler } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { callName, endingOf, timeoutError } from '../session/call-failure.ts';
import { afterThisTick } from '../shared/scheduler.ts';
import { Deadlines } from '../session/deadlines.ts';
import { SignalWatches } from '../session/signal-watches.ts';
import { target } from '../call/target.ts';
import type { Balance } from './balance.ts';
import type { PoolCallOptions } from './call-options.ts';
import { isAbandoned, isLostWithMember } from './fate.ts';
import { Line } from './line.ts';
import type { Loads } from './loads.ts';
import type { Member } from './member.ts';
import type { Pace } from './pace.ts';
import { Queue } from './queue.ts';
import { Task, type Attempt, type Refusal } from './task.ts';

/** What a dispatcher is made of. */
export interface DispatcherSettings {
  readonly loads: Loads<Member>;
  readonly balance: Balance;
  readonly pace: Pace;
  readonly ageingMs: number;
  /** Calls that may wait in the queue. */
  readonly queued: number;
  /** Calls that may wait for a place in it. */
  readonly waiting: number;
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
  readonly #queue: Queue<Task>;
  // Calls that the queue has no place for, and may wait for one.
  readonly #outside = new Line<Task>();
  readonly #deadlines = new Deadlines();
  readonly #signals = new SignalWatches();
  // The last call that had to wait: whose result is iterated at once is that.
  #last: Task | undefined;
  #outsideSize = 0;
  // In the queue, and those of single members.
  #queued = 0;
  #running = 0;
  #finished = 0;
  #refusal: ((call: Call) => unknown) | undefined;

  constructor(settings: DispatcherSettings, events: DispatcherEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#queue = new Queue(settings.ageingMs);
  }

  /** Calls that wait in the queue. */
  get queued(): number {
    return this.#queued;
  }

  /** Calls that wait for a place in it. */
  get waiting(): number {
    return this.#outsideSize;
  }

  get running(): number {
    return this.#running;
  }

  get finished(): number {
    return this.#finished;
  }

  /** Calls that any member could take, if one had room. */
  get unplaced(): number {
    const { loads, pace } = this.#settings;
    // They leave with the next batch.
    return loads.least !== undefined && loads.least.load < pace.limit ? 0 : this.#queue.size;
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#queued === 0 && this.#outsideSize === 0;
  }

  /** Makes a call at the member that it is for, once that has room for it. */
  readonly handler: Handler = (call) => {
    const member = this.#roomFor(call);
    if (member === undefined) return this.#later(call);
    return this.#follow(call, member, this.#send(member, call));
  };

  /**
   * The result of a call is about to be iterated, which says so to the member that it is at.
   *
   * @param members - Those there are.
   */
  iterating(call: Call, members: Iterable<Member>): void {
    const task = this.#last;
    if (task?.call === call && task.inner === undefined) task.isIterated = true;
    else for (const { child } of members) child.origin.iterating?.(call);
  }

  /** Makes a call at one member, whether it has room or not. */
  at(member: Member, call: Call): Promise<unknown> {
    return this.#follow(call, member, this.#send(member, call), false);
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
    for (let task = this.#outside.first; task !== undefined; task = this.#outside.first)
      this.#refuse(task, () => refusal(task.call));
    for (let task = this.#queue.next; task !== undefined; task = this.#queue.next)
      this.#refuse(task, () => refusal(task.call));
  }

  /** A member takes calls from now on. */
  add(member: Member): void {
    this.#list(member);
    this.#settings.balance.joined?.(member);
    this.#serve(member);
  }

  /** A member takes no calls any more; those that waited for it alone wait for any. */
  remove(member: Member): void {
    this.#unlist(member);
    this.#settings.balance.left?.(member);
    const { waiting } = member;
    for (let task = waiting?.next; task !== undefined; task = waiting?.next) {
      this.#leave(task);
      this.#place(task);
    }
    this.#serve();
    if (this.#queue.size > 0) this.#events.wanting();
  }

  #list(member: Member): void {
    member.listed = true;
    this.#settings.loads.add(member);
  }

  #unlist(member: Member): void {
    if (!member.listed) return;
    member.listed = false;
    this.#settings.loads.remove(member);
  }

  /** The member that can have a call at once, none being before it. */
  #roomFor(call: Call): Member | undefined {
    if (this.#queue.size > 0 || this.#refusal !== undefined) return undefined;
    const member = this.#settings.balance.pick(call, this.#settings.pace.limit);
    return member !== undefined && this.#hasRoom(member) && !this.#isBatchFull(member) ? member : undefined;
  }

  #hasRoom({ listed, load, waiting }: Member): boolean {
    return listed && load < this.#settings.pace.limit && (waiting === undefined || waiting.size === 0);
  }

  /**
   * Whether a member has got half of what it may have in this batch. A batch is answered as one where its calls do not
   * wait for anything: with two under way, the member has work while the replies to the other are on their way.
   */
  #isBatchFull(member: Member): boolean {
    const { limit } = this.#settings.pace;
    if (limit === 1 || member.batched * 2 < limit) return false;
    if (!member.isBatchLeaving) {
      member.isBatchLeaving = true;
      // Behind the session, which sends its batch then.
      afterThisTick(() => {
        member.isBatchLeaving = false;
        member.batched = 0;
        if (this.#queued > 0) this.#serve(member);
      });
    }
    return true;
  }

  #send(member: Member, call: Call): Promise<unknown> {
    if (member.load === 0) member.meter.begin();
    this.#changeLoad(member, 1);
    this.#running++;
    member.batched++;
    return member.send(call);
  }

  #changeLoad(member: Member, by: 1 | -1): void {
    if (member.listed) this.#settings.loads.change(member, by);
    else member.load += by;
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
      if (isAbandoned(call, error)) this.#abandoned(member);
      else if (endingOf(error) === undefined) this.#ended(member);
      else this.#freed(member);
      if (movable && isLostWithMember(call, error, earlier?.attempts ?? 0))
        return this.#later(call, attempt(call, since, earlier));
      throw error;
    }
    this.#ended(member);
    return value;
  }

  #ended(member: Member): void {
    member.finished++;
    member.meter.ended();
    this.#freed(member);
  }

  #freed(member: Member): void {
    this.#changeLoad(member, -1);
    this.#running--;
    this.#finished++;
    if (member.load === 0) member.rest();
    if (this.#queued > 0) this.#serve(member);
    this.#events.ended(member);
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.isIdle) this.#events.idle();
  }

  /**
   * Nobody waits for a call any more, but it may still run. Its member gets no other until it has shown that its event
   * loop turns: one that loops would seem to be the least loaded of all.
   */
  #abandoned(member: Member): void {
    member.abandoned++;
    this.#unlist(member);
    if (!member.asked) this.#ask(member);
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
      if (member.state !== 'ready') return undefined;
      this.#list(member);
      return this.#serve(member);
    });
  }

  /** A member has ended, and with it the calls that nobody waited for. */
  gone(member: Member): void {
    this.#release(member, member.abandoned);
  }

  #release(member: Member, calls: number): void {
    member.abandoned -= calls;
    for (let i = 0; i < calls; i++) this.#freed(member);
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
    this.#watch(task);
    if (this.#queued < this.#settings.queued || task.attempts > 0) this.#place(task);
    else this.#waitOutside(task);
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

  /** Whatever can end the wait early. */
  #watch(task: Task): void {
    const { signal, timeoutMs = Infinity } = task.call.options;
    if (signal === undefined && timeoutMs === Infinity) return;
    const clear = this.#deadlines.set(Math.max(0, task.deadline - performance.now()), () =>
      this.#refuse(task, () => timeoutError(task.call, timeoutMs, false)),
    );
    const forget =
      signal === undefined
        ? undefined
        : this.#signals.add(signal, () => this.#refuse(task, () => signal.reason as unknown));
    task.release = () => {
      clear();
      forget?.();
    };
  }

  #waitOutside(task: Task): void {
    this.#events.full();
    if (this.#outsideSize >= this.#settings.waiting) {
      task.release?.();
      throw new RpcError(
        'OVERLOADED',
        `${callName(task.call)} was not sent: ${this.#queued + this.#outsideSize} calls wait for a member of the pool ` +
          '(queue.limit). Await some of them first, let calls wait with queue.whenFull, or raise the limit',
        { delivery: 'not-sent' },
      );
    }
    this.#outside.push(task);
    this.#outsideSize++;
    task.isOutside = true;
  }

  /** Puts a call where it waits: for the member it is for, or for any. */
  #place(task: Task): void {
    const { balance, pace } = this.#settings;
    const member = this.#queue.size > 0 ? undefined : balance.pick(task.call, pace.limit);
    if (member === undefined) {
      this.#join(task, this.#queue);
      this.#events.wanting();
    } else if (!this.#hasRoom(member)) {
      this.#join(task, (member.waiting ??= new Queue(this.#settings.ageingMs)));
    } else if (this.#isBatchFull(member)) {
      this.#join(task, this.#queue);
    } else {
      this.#hand(task, member);
    }
  }

  #join(task: Task, queue: Queue<Task>): void {
    task.queue = queue;
    queue.push(task);
    this.#queued++;
  }

  #leave(task: Task): void {
    if (task.isOutside) {
      task.isOutside = false;
      this.#outside.remove(task);
      this.#outsideSize--;
      return;
    }
    task.queue?.remove(task);
    task.queue = undefined;
    this.#queued--;
  }

  #refuse(task: Task, refusal: Refusal): void {
    this.#leave(task);
    task.refuse(refusal);
    this.#admit();
    this.#checkIdle();
  }

  /** Lets calls into the queue that waited for a place in it. */
  #admit(): void {
    while (this.#queued < this.#settings.queued) {
      const task = this.#outside.first;
      if (task === undefined) return;
      this.#leave(task);
      this.#place(task);
    }
  }

  /** Hands out calls that wait, as long as there is room. */
  #serve(member?: Member): void {
    if (member !== undefined) this.#serveOwn(member, true);
    const { balance, pace, loads } = this.#settings;
    for (let task = this.#queue.next; task !== undefined; task = this.#queue.next) {
      // Of the balances one may look at all members: not for nothing.
      if (loads.least === undefined || loads.least.load >= pace.limit) break;
      const picked = balance.pick(task.call, pace.limit);
      if (picked === undefined || (this.#hasRoom(picked) && this.#isBatchFull(picked))) break;
      this.#leave(task);
      if (this.#hasRoom(picked)) this.#hand(task, picked);
      else this.#join(task, (picked.waiting ??= new Queue(this.#settings.ageingMs)));
    }
    if (member !== undefined) this.#serveOwn(member, false);
    this.#admit();
  }

  /** Hands a member the calls that wait for it alone; only those that are before all others, if so wanted. */
  #serveOwn(member: Member, onlyBefore: boolean): void {
    const { waiting } = member;
    if (waiting === undefined) return;
    while (member.listed && member.load < this.#settings.pace.limit) {
      const task = waiting.next;
      if (task === undefined || this.#isBatchFull(member) || (onlyBefore && !waiting.isBefore(this.#queue)))
        return;
      this.#leave(task);
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
    const rest = leftMs === Infinity ? call : { ...call, options: { ...call.options, timeoutMs: leftMs } };
    task.member = member;
    task.handed(this.#send(member, rest));
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
