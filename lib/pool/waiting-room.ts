import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { callName } from '../call/call-name.ts';
import { timeoutError } from '../session/call-failure.ts';
import { Deadlines } from '../session/deadlines.ts';
import { SignalWatches } from '../session/signal-watches.ts';
import { Line } from './line.ts';
import type { Member } from './member.ts';
import { Queue } from './queue.ts';
import type { Refusal, Task } from './task.ts';

/** How many may wait. */
export interface WaitingLimits {
  readonly ageingMs: number;
  /** Calls that may wait in the queue. */
  readonly queued: number;
  /** Calls that may wait for a place in it. */
  readonly outside: number;
}

/**
 * Where calls wait: in the queue for any member, in that of one member, or outside for a place. Whatever ends the wait
 * of one takes it out of there, and that happens once.
 */
export class WaitingRoom {
  /** Calls that any member may have. */
  readonly shared: Queue<Task>;
  readonly #limits: WaitingLimits;
  readonly #left: () => void;
  readonly #deadlines = new Deadlines();
  readonly #signals = new SignalWatches();
  readonly #own = new Map<Member, Queue<Task>>();
  readonly #outside = new Line<Task>();
  #outsideSize = 0;
  #queued = 0;

  /** @param left - Told when a call has left that was given up or refused. */
  constructor(limits: WaitingLimits, left: () => void) {
    this.#limits = limits;
    this.#left = left;
    this.shared = new Queue(limits.ageingMs);
  }

  /** Calls in the queues. */
  get queued(): number {
    return this.#queued;
  }

  /** Calls that wait for a place there. */
  get outside(): number {
    return this.#outsideSize;
  }

  get isFull(): boolean {
    return this.#queued >= this.#limits.queued;
  }

  /** Has a call leave when its deadline passes or its signal aborts. */
  watch(task: Task): void {
    const { signal, timeoutMs = Infinity } = task.call.options;
    if (signal === undefined && timeoutMs === Infinity) return;
    // Those that are alike share a list: the first time it is what the caller has said.
    const leftMs =
      task.attempts === 0 ? timeoutMs : Math.max(0, Math.ceil(task.deadline - performance.now()));
    const clear = this.#deadlines.set(leftMs, () =>
      this.refuse(task, () => timeoutError(task.call, timeoutMs, false)),
    );
    const aborted = (): void => this.refuse(task, () => signal?.reason as unknown);
    const forget = signal === undefined ? undefined : this.#signals.add(signal, aborted);
    const release = (): void => {
      clear();
      forget?.();
    };
    task.release = release;
  }

  /** A call waits for one member, or for any. */
  join(task: Task, member?: Member): void {
    task.waitsFor = member;
    this.#queueOf(member).push(task);
    if (member !== undefined) member.queued++;
    this.#queued++;
  }

  /**
   * A call waits for a place in the queue.
   *
   * @throws RpcError `OVERLOADED` where too many do
   */
  joinOutside(task: Task): void {
    if (this.#outsideSize >= this.#limits.outside) {
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

  /** Takes out the first call outside, where there is a place for it in the queue. */
  admit(): Task | undefined {
    const task = this.isFull ? undefined : this.#outside.first;
    if (task !== undefined) this.leave(task);
    return task;
  }

  /** Takes a call out, wherever it waits. */
  leave(task: Task): void {
    if (task.isOutside) {
      task.isOutside = false;
      this.#outside.remove(task);
      this.#outsideSize--;
      return;
    }
    this.#queueOf(task.waitsFor).remove(task);
    if (task.waitsFor !== undefined) task.waitsFor.queued--;
    this.#queued--;
  }

  /** Takes a call out that will not be made. */
  refuse(task: Task, refusal: Refusal): void {
    this.leave(task);
    task.refuse(refusal);
    this.#left();
  }

  /** Refuses all calls. */
  refuseAll(refusal: (call: Call) => unknown): void {
    const first = (): Task | undefined => {
      if (this.#outside.first !== undefined) return this.#outside.first;
      for (const queue of [this.shared, ...this.#own.values()])
        if (queue.next !== undefined) return queue.next;
      return undefined;
    };
    for (let task = first(); task !== undefined; task = first()) {
      const { call } = task;
      this.refuse(task, () => refusal(call));
    }
  }

  /** Takes out all calls that wait for one member, which takes none any more. */
  evict(member: Member): Task[] {
    const tasks: Task[] = [];
    for (let task = this.nextFor(member); task !== undefined; task = this.nextFor(member)) {
      this.leave(task);
      tasks.push(task);
    }
    this.#own.delete(member);
    return tasks;
  }

  /** The first call that waits for one member alone. */
  nextFor(member: Member): Task | undefined {
    return member.queued === 0 ? undefined : this.#queueOf(member).next;
  }

  /** Whether that comes before the first that any member may have. */
  isBefore(member: Member): boolean {
    return this.#queueOf(member).isBefore(this.shared);
  }

  #queueOf(member: Member | undefined): Queue<Task> {
    if (member === undefined) return this.shared;
    let queue = this.#own.get(member);
    if (queue === undefined) this.#own.set(member, (queue = new Queue(this.#limits.ageingMs)));
    return queue;
  }
}
