import type { Call } from '../call/call.ts';
import type { PoolCallOptions } from './call-options.ts';
import type { Member } from './member.ts';
import type { Waiting } from './queue.ts';

/** Makes what a call rejects with that was never handed to a member. */
export type Refusal = () => unknown;

/** A call that waits for a member. */
export class Task implements Waiting<Task> {
  before: Task | undefined;
  after: Task | undefined;
  readonly call: Call;
  readonly priority: number;
  readonly key: string | undefined;
  readonly since: number;
  /** The moment at which its `timeoutMs` is over. */
  readonly deadline: number;
  /** How often it has been handed to a member that died. */
  readonly attempts: number;
  /** The one member that it waits for; `undefined` where any will do. */
  waitsFor: Member | undefined;
  /** Whether its result is iterated. */
  isIterated = false;
  /** Whether it waits for a place in the queue. */
  isOutside = false;
  /** The member it was handed to. */
  member: Member | undefined;
  /** Undone when it waits no longer: its deadline and its signal. */
  release: (() => void) | undefined;
  /** Its promise at the member it was handed to. */
  inner: Promise<unknown> | undefined;
  /** Fulfils when its turn has come and it has been handed to a member, or will not be; then with why. */
  readonly turn: Promise<Refusal | undefined>;
  #resolve!: (refusal: Refusal | undefined) => void;

  constructor(call: Call, since: number, earlier?: Attempt) {
    const { priority = 0, key, timeoutMs = Infinity }: PoolCallOptions = call.options;
    this.call = call;
    this.priority = priority;
    this.key = key;
    this.since = since;
    this.deadline = earlier?.deadline ?? since + timeoutMs;
    this.attempts = earlier?.attempts ?? 0;
    this.turn = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** It has been handed to a member. */
  handed(inner: Promise<unknown>): void {
    this.inner = inner;
    this.#end(undefined);
  }

  /** It will not be. */
  refuse(refusal: Refusal): void {
    this.#end(refusal);
  }

  #end(refusal: Refusal | undefined): void {
    this.release?.();
    this.release = undefined;
    this.#resolve(refusal);
  }
}

/** What is known of a call that has been made before. */
export interface Attempt {
  readonly deadline: number;
  readonly attempts: number;
}
