import type { Call } from '../call/call.ts';
import type { LaunchedChild } from '../launch/launched-child.ts';
import { KeptResults } from './kept-results.ts';
import type { Loaded } from './loads.ts';
import { Meter } from './meter.ts';
import type { Pace } from './pace.ts';
import type { MemberState, MemberStats } from './pool.ts';

/** A child of a pool, and what the pool knows of it. */
export class Member implements Loaded<Member> {
  readonly id: number;
  readonly child: LaunchedChild;
  readonly startedAt: number = performance.now();
  state: MemberState = 'starting';
  /** Calls handed to it that have not ended. */
  load = 0;
  /** Calls that have ended. */
  finished = 0;
  /** Calls handed to it that leave in one batch, as far as that is known. */
  batched = 0;
  /** Whether that batch leaves at the end of this tick. */
  isBatchLeaving = false;
  /** Measures how long its calls take. */
  readonly meter: Meter;
  /** Whether calls are handed to it: it is among the loads. */
  listed = false;
  /** Since when it has no call. */
  idleSince: number = performance.now();
  /** Calls that wait for this member and no other. */
  queued = 0;
  /** Of its calls those that nobody waits for any more; whether they still run is not known yet. */
  abandoned = 0;
  /** Whether it is being asked if it still runs them. */
  asked = false;
  /** Whether its channel has ended. */
  lost = false;
  /** Why it failed to start, where it did. */
  failure: unknown;
  /** Fulfils once it takes calls, with `true`, or has failed to start. */
  prepared: Promise<boolean> = Promise.resolve(false);
  /** Whether its end has begun. */
  isClosing = false;
  readonly #kept = new KeptResults();
  /** Told once it has no call. */
  #idle: (() => void)[] = [];
  before: Member | undefined;
  after: Member | undefined;

  constructor(id: number, child: LaunchedChild, pace: Pace) {
    this.meter = new Meter(pace);
    this.id = id;
    this.child = child;
  }

  /** Makes a call. */
  send(call: Call): Promise<unknown> {
    if (call.keep !== undefined) this.#kept.add(call.keep);
    return this.child.origin.handler(call);
  }

  /** Fulfils once its event loop has turned. */
  ping(): Promise<void> {
    return this.child.ping();
  }

  /** Fulfils once it has no call. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.load === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  /** Its last call has ended. */
  rest(): void {
    this.idleSince = performance.now();
    this.batched = 0;
    const idle = this.#idle;
    if (idle.length === 0) return;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** References, either way, and streams that are open. */
  get open(): number {
    const { exportedReferences, importedReferences, openStreams } = this.child.stats;
    return exportedReferences + importedReferences + openStreams + this.#kept.size;
  }

  get stats(): MemberStats {
    const { id, child, state, load, finished } = this;
    return {
      id,
      state,
      running: load,
      queued: this.queued,
      finished,
      ageMs: performance.now() - this.startedAt,
      childId: child.id,
    };
  }
}
