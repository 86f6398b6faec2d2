import type { Call } from '../call/call.ts';
import type { Batch } from './batch.ts';
import type { CallFailure } from './call-failure.ts';
import type { MessageExports } from './message-exports.ts';

/** A call that waits for its reply. */
export class PendingCall {
  readonly id: number;
  readonly call: Call;
  /** Fulfils with what was returned, or with what happened instead. Never rejects: errors are made where it is awaited. */
  outcome: Promise<Outcome> | undefined;
  /** Where its message is, so that it can be taken back before it leaves. */
  batch: Batch | undefined;
  place = 0;
  /** Undone once it is settled: listeners and the deadline. */
  release: (() => void) | undefined;
  /** Undoes the deadline alone. */
  clearDeadline: (() => void) | undefined;
  /** Whether streams have come with its result, so that what watches it is undone later. */
  streaming = false;
  /** What has gone with its arguments. */
  exports: MessageExports | undefined;
  /** Whether its result, if it is a stream, was asked for already. */
  iterated = false;
  /** Whether its caller is blocked until it is settled, and looks for that itself. */
  blocking = false;
  /** What has become of such a call. */
  reached: Outcome | undefined;
  #resolve: ((outcome: Outcome) => void) | undefined;

  constructor(id: number, call: Call) {
    this.id = id;
    this.call = call;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Whether its message has been handed to the channel, so that the function may have run. */
  get sent(): boolean {
    return this.batch?.sent === true;
  }

  settle(outcome: Outcome): void {
    this.#resolve?.(outcome);
    this.#resolve = undefined;
    if (this.blocking) this.reached = outcome;
  }
}

/** What became of a call: a failure, or what was returned, which is wrapped so that a thenable is not taken for a promise. */
export type Outcome = CallFailure | { value: unknown };

/**
 * The calls that wait for replies, by id.
 *
 * Ids only ever grow, so no late or repeated reply can meet a call it does not belong to. The table is an array in
 * which a call's place is its id modulo the size: a lookup costs an index, and an id whose place is still taken by an
 * older call is simply passed over.
 */
export class PendingCalls {
  #table: (PendingCall | undefined)[] = new Array<undefined>(64).fill(undefined);
  #lastId = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The id of the next call. It may stay without one: ids are not used again. */
  nextId(): number {
    // At most half full, so that a free place is found at once.
    if (this.#size * 2 >= this.#table.length) this.#grow();
    do this.#lastId++;
    while (this.#table[this.#place(this.#lastId)] !== undefined);
    return this.#lastId;
  }

  /** @param id - From {@link nextId}; no other call has been added since. */
  add(call: Call, id: number): PendingCall {
    const pending = new PendingCall(id, call);
    this.#table[this.#place(pending.id)] = pending;
    this.#size++;
    return pending;
  }

  /** The one that waits for this very call; quick for the last one that was made. */
  find(call: Call): PendingCall | undefined {
    const last = this.#table[this.#place(this.#lastId)];
    return last?.call === call ? last : this.#table.find((pending) => pending?.call === call);
  }

  /** Takes the call with this id out of the table, if it is in there. */
  take(id: number): PendingCall | undefined {
    const place = this.#place(id);
    const pending = this.#table[place];
    if (pending === undefined || pending.id !== id) return undefined;
    this.#table[place] = undefined;
    this.#size--;
    return pending;
  }

  /** Takes out all calls, oldest first. */
  takeAll(): PendingCall[] {
    const all = this.#table.filter((pending) => pending !== undefined).toSorted((a, b) => a.id - b.id);
    this.#table = new Array<undefined>(64).fill(undefined);
    this.#size = 0;
    return all;
  }

  /** The calls, in no particular order. */
  all(): PendingCall[] {
    return this.#table.filter((pending) => pending !== undefined);
  }

  // A remainder and not a bit mask: ids grow past 32 bits.
  #place(id: number): number {
    return id % this.#table.length;
  }

  #grow(): void {
    const before = this.all();
    this.#table = new Array<undefined>(this.#table.length * 2).fill(undefined);
    // Two ids that differ modulo n differ modulo 2n as well, so no two meet.
    for (const pending of before) this.#table[this.#place(pending.id)] = pending;
  }
}
