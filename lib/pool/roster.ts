import type { LaunchedChild } from '../launch/launched-child.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { ExitReason } from '../errors/errors.ts';
import { backoffMs } from '../supervise/backoff.ts';
import { Intensity } from '../supervise/intensity.ts';
import { timerMs } from '../shared/timer-ms.ts';
import type { Claimant, CoreBudget } from './budget.ts';
import { Member } from './member.ts';
import type { Pace } from './pace.ts';
import type { PoolRestartOptions } from './options.ts';
import type { MemberEnd } from './pool.ts';
import { endMember, prepareMember, type Rites } from './rites.ts';

/** What a roster is made of. */
export interface RosterSettings {
  /** Starts a child. */
  readonly launch: () => LaunchedChild;
  readonly pace: Pace;
  readonly restart: PoolRestartOptions;
  readonly rites: Rites;
  readonly budget: CoreBudget | undefined;
}

/** What a roster tells its pool, and asks it. */
export interface RosterEvents {
  /** Calls that wait for any member. */
  wanted(): number;
  started(member: Member): void;
  ready(member: Member): void;
  /** Its channel has ended. */
  lost(member: Member): void;
  /** It takes no calls from now on, or never did. */
  leaves(member: Member): void;
  ended(member: Member, why: MemberEnd, exit: ExitReason): void;
  /** The first members failed to start, and there is no other: for now no call can be made. */
  startFailed(cause: RpcError): void;
  /** There were too many deaths: no more members are started. */
  gaveUp(cause: RpcError): void;
}

// After one death too many.
const defaultIntensity = 5;
const defaultPeriodMs = 30_000;

/** The members of a pool: starts as many as are needed, and replaces those that die. */
export class Roster implements Claimant {
  readonly #settings: RosterSettings;
  readonly #events: RosterEvents;
  readonly #members = new Set<Member>();
  readonly #why = new Map<Member, MemberEnd>();
  readonly #deaths: Intensity;
  #min: number;
  #max: number;
  #lastId = 0;
  #restarts = 0;
  // Members that died, and have not been replaced yet.
  #missing = 0;
  #everReady = false;
  #over = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(size: { min: number; max: number }, settings: RosterSettings, events: RosterEvents) {
    this.#min = size.min;
    this.#max = size.max;
    this.#settings = settings;
    this.#events = events;
    const { intensity = defaultIntensity, periodMs = defaultPeriodMs } = settings.restart;
    this.#deaths = new Intensity(intensity, periodMs);
    settings.budget?.join(this);
  }

  /** All that have not ended, the oldest first. */
  get members(): ReadonlySet<Member> {
    return this.#members;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get size(): { min: number; max: number } {
    return { min: this.#min, max: this.#max };
  }

  get held(): number {
    return this.serving.length;
  }

  get wants(): boolean {
    return !this.#over && this.held < this.#max && this.#events.wanted() > 0;
  }

  /** Those that take calls or will: all but those that are being ended. */
  get serving(): Member[] {
    return [...this.#members].filter(({ state }) => state === 'starting' || state === 'ready');
  }

  /** Starts as many members as are wanted and allowed. */
  grow(): void {
    if (this.#over) return;
    if (this.#pause !== undefined) return this.hold(this.#events.wanted() > 0);
    const serving = this.serving;
    const starting = serving.filter(({ state }) => state === 'starting').length;
    const forCalls = Math.min(this.#max - serving.length, this.#events.wanted() - starting);
    const missing = Math.max(this.#min - serving.length, forCalls);
    for (let i = 0; i < missing; i++) {
      const count = serving.length + i;
      const owed = count < this.#min || count === 0;
      if (this.#settings.budget?.take(this, owed) === false) return;
      if (!this.#start()) return;
    }
  }

  /** Any member that takes calls or will; one is started where there is none. */
  any(): Member | undefined {
    if (this.serving.length === 0 && !this.#over && this.#settings.budget?.take(this, true) !== false)
      this.#start();
    return this.serving[0];
  }

  resize(min: number, max: number): void {
    this.#min = min;
    this.#max = max;
    const surplus = this.serving
      .toSorted((a, b) => a.load - b.load)
      .slice(0, Math.max(0, this.serving.length - max));
    for (const member of surplus) this.retire(member, 'surplus');
    this.grow();
  }

  /** Has a member take no more calls, and ends it once it is done with those it has. */
  retire(member: Member, why: MemberEnd): void {
    if (member.state !== 'starting' && member.state !== 'ready') return;
    const wasReady = member.state === 'ready';
    member.state = 'retiring';
    this.#why.set(member, why);
    this.#events.leaves(member);
    void endMember(member, wasReady, why !== 'closed', this.#settings.rites);
    if (!this.#over) this.grow();
  }

  spare(busy: boolean): boolean {
    const serving = this.serving;
    if (serving.length <= Math.max(1, this.#min)) return false;
    // One that is still starting has nothing to finish.
    const least = serving
      .filter(({ state, load, open }) => busy || (state === 'ready' && load === 0 && open === 0))
      .toSorted((a, b) => a.load - b.load)[0];
    if (least === undefined) return false;
    this.retire(least, 'surplus');
    return true;
  }

  coreFree(): void {
    this.grow();
  }

  /** No more members are started. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#settings.budget?.leave(this);
  }

  /** Calls wait, or none does: while they do, a pause before the next start keeps this process alive. */
  hold(waiting: boolean): void {
    const pause = this.#pause as { ref?(): void; unref?(): void } | undefined;
    if (waiting) pause?.ref?.();
    else pause?.unref?.();
  }

  /** @returns Whether there was something to start. */
  #start(): boolean {
    let child: LaunchedChild;
    try {
      child = this.#settings.launch();
    } catch (error) {
      this.#settings.budget?.give();
      // What the options ask for, Node does not do: it will not later.
      this.#giveUp(error as RpcError);
      return false;
    }
    const member = new Member(++this.#lastId, child, this.#settings.pace);
    this.#members.add(member);
    if (this.#missing > 0) {
      this.#missing--;
      this.#restarts++;
    }
    this.#events.started(member);
    void child.gone.then(() => {
      member.lost = true;
      this.#events.lost(member);
    });
    void this.#live(member);
    return true;
  }

  async #live(member: Member): Promise<void> {
    member.prepared = prepareMember(member, this.#settings.rites);
    if ((await member.prepared) && member.state === 'starting') {
      member.state = 'ready';
      this.#everReady = true;
      this.#events.ready(member);
    }
    const exit = await member.child.exited;
    const why = this.#why.get(member) ?? 'died';
    const wasServing = member.state !== 'retiring';
    member.state = 'ended';
    this.#why.delete(member);
    this.#members.delete(member);
    // First: what follows may ask for a new member, and that may have to wait.
    const after = why === 'died' && !this.#over ? this.#died(member, exit) : () => this.grow();
    this.#settings.budget?.give();
    if (wasServing) this.#events.leaves(member);
    this.#events.ended(member, why, exit);
    after();
  }

  /**
   * Notes that a member has died.
   *
   * @returns What is to be done about it.
   */
  #died(member: Member, exit: ExitReason): () => void {
    this.#missing++;
    // One that was killed for a call has done its work, and what kills is a call's.
    if (member.finished > 0 || member.child.killedForCall) return () => this.grow();
    const cause = causeOf(member, exit);
    if (!this.#deaths.note()) return () => this.#giveUp(cause);
    this.#wait(backoffMs(this.#deaths.recent, this.#settings.restart.backoff));
    return () => {
      this.hold(this.#events.wanted() > 0);
      if (!this.#everReady && this.serving.length === 0) this.#events.startFailed(cause);
    };
  }

  /** Starts no member before some time has passed. */
  #wait(ms: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.grow();
    }, timerMs(ms));
  }

  #giveUp(cause: RpcError): void {
    this.stop();
    this.#events.gaveUp(cause);
    for (const member of this.serving) this.retire(member, 'closed');
  }
}

/** What a member died of. */
function causeOf(member: Member, exit: ExitReason): RpcError {
  if (member.failure instanceof RpcError) return member.failure;
  const { ending } = member.child;
  const happened = ending?.happened ?? 'a member of the pool has ended';
  return new RpcError(ending?.code ?? 'CHILD_EXITED', happened, { exit, cause: ending?.cause });
}
