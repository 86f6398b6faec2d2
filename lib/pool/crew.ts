import type { Call, Handler } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { LaunchedChild } from '../launch/launched-child.ts';
import { deferred } from '../shared/deferred.ts';
import { timerMs } from '../shared/timer-ms.ts';
import { byFunction, byKey, leastLoaded, roundRobin, type Balance, type BalanceFunction } from './balance.ts';
import type { CoreBudget } from './budget.ts';
import { Dispatcher } from './dispatcher.ts';
import type { PoolCallOptions } from './call-options.ts';
import { callEach, whenServing } from './each.ts';
import { Events } from './events.ts';
import { Loads } from './loads.ts';
import type { Member } from './member.ts';
import type { PoolRestartOptions, RecycleOptions } from './options.ts';
import { AdaptivePace, fixedPace } from './pace.ts';
import type { PoolEvents, PoolState, PoolStats } from './pool.ts';
import { closedError, failedError, startError } from './refusals.ts';
import { closeMember, type Rites } from './rites.ts';
import { Roster } from './roster.ts';
import { keepUp } from './upkeep.ts';

/** What a pool is made of: the options, checked, with their defaults. */
export interface CrewSettings {
  readonly launch: () => LaunchedChild;
  readonly size: { readonly min: number; readonly max: number };
  readonly warmUp: boolean;
  readonly idleTimeoutMs: number;
  readonly concurrency: number | 'adaptive';
  readonly balance: 'least-loaded' | 'round-robin' | 'key' | BalanceFunction;
  readonly queueLimit: number;
  readonly waitLimit: number;
  readonly ageingMs: number;
  readonly recycle: RecycleOptions;
  readonly restart: PoolRestartOptions;
  readonly budget: CoreBudget | undefined;
  readonly rites: Rites;
  readonly onError: (error: unknown) => void;
}

/** Members and the calls for them: what a pool is behind its remote. */
export class Crew {
  readonly events: Events<PoolEvents>;
  /** Fulfils once the first members take calls. */
  readonly ready: Promise<void>;
  /** Fulfils once the pool is closed and its members have ended. */
  readonly ended: Promise<void>;
  readonly #settings: CrewSettings;
  readonly #roster: Roster;
  readonly #dispatcher: Dispatcher;
  readonly #stopUpkeep: () => void;
  readonly #ready = deferred<void>();
  readonly #ended = deferred<void>();
  #toBeReady: number;
  #state: PoolState = 'open';
  #idle: (() => void)[] = [];
  #failure: RpcError | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: CrewSettings) {
    const { size, recycle, onError, concurrency, restart, budget, rites, launch } = settings;
    this.#settings = settings;
    this.events = new Events(onError);
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    // Whoever wants to know asks; nobody has to.
    this.ready.catch(() => {});
    const loads = new Loads<Member>();
    const pace = concurrency === 'adaptive' ? new AdaptivePace() : fixedPace(concurrency);
    this.#dispatcher = new Dispatcher(
      {
        loads,
        balance: balanceOf(settings, loads),
        pace,
        waiting: {
          ageingMs: settings.ageingMs,
          queued: settings.queueLimit,
          outside: settings.waitLimit,
        },
      },
      {
        wanting: () => this.#roster.grow(),
        ended: (member) => this.#callEnded(member),
        full: () => {
          if (this.events.has('full')) this.events.emit('full', this.stats);
        },
        idle: () => this.#isIdle(),
      },
    );
    this.#roster = new Roster(
      size,
      { launch, pace, restart, rites, budget },
      {
        wanted: () => this.#dispatcher.unplaced,
        started: ({ id }) => this.events.emit('start', { id }),
        ready: (member) => this.#memberReady(member),
        lost: (member) => this.#dispatcher.lose(member),
        leaves: (member) => this.#dispatcher.remove(member),
        ended: (member, why, exit) => {
          this.#dispatcher.gone(member);
          this.events.emit('end', { id: member.id, why, exit });
        },
        startFailed: (cause) => this.#startFailed(cause),
        gaveUp: (cause) => this.#gaveUp(cause),
      },
    );
    this.#stopUpkeep = keepUp(this.#roster, settings.idleTimeoutMs, recycle, onError);
    this.#toBeReady = settings.warmUp ? size.min : 0;
    if (this.#toBeReady === 0) this.#ready.resolve();
    else this.#roster.grow();
    if (this.#failure?.code === 'INVALID_OPTION') {
      this.#stopUpkeep();
      throw this.#failure;
    }
  }

  get state(): PoolState {
    return this.#state;
  }

  get size(): { min: number; max: number } {
    return this.#roster.size;
  }

  get stats(): PoolStats {
    const { queued, waiting, running, finished } = this.#dispatcher;
    const members = [...this.#roster.members].map((member) => member.stats);
    return { members, queued, waiting, running, finished, restarts: this.#roster.restarts };
  }

  /** Makes a call at one of the members. */
  get handler(): Handler {
    return this.#dispatcher.handler;
  }

  /** Makes a call at all members. */
  readonly each: Handler = async (call) => {
    if (this.#state !== 'open') throw this.#refusal(call);
    return callEach(this.#roster.serving, call, (member) => this.at(member, call));
  };

  /** Makes a call at one member, as soon as it takes calls. */
  async at(member: Member, call: Call): Promise<unknown> {
    if (member.state === 'starting') await whenServing(member);
    return this.#dispatcher.at(member, call);
  }

  /** The result of a call is about to be iterated. */
  iterating(call: Call): void {
    this.#dispatcher.iterating(call, this.#roster.members);
  }

  /**
   * The member that something is to be kept at, which may be starting; `undefined` where no call is taken.
   *
   * @param options - Of the calls that are made on it.
   */
  memberFor(options: PoolCallOptions): Member | undefined {
    if (this.#state !== 'open') return undefined;
    return this.#dispatcher.memberFor(options) ?? this.#roster.any();
  }

  /** Fulfils once all members have read what was sent so far, or are gone. */
  async delivered(): Promise<void> {
    await Promise.all([...this.#roster.members].map(({ child }) => child.origin.delivered()));
  }

  resize(size: { min: number; max: number }): void {
    if (this.#state === 'open') this.#roster.resize(size.min, size.max);
  }

  /** Refuses new calls, and ends the members once there are none; those that take longer are cut off. */
  close(graceMs: number): Promise<void> {
    const closing = (this.#closing ??= this.#close());
    // Not only the first may be in a hurry.
    if (graceMs === Infinity) return closing;
    const timer = setTimeout(() => this.#cutOff(), timerMs(graceMs));
    return closing.finally(() => clearTimeout(timer));
  }

  /** Ends all members now. */
  async terminate(): Promise<void> {
    this.#stop('the pool was terminated');
    this.#roster.stop();
    this.#dispatcher.end((call) => closedError(call, 'the pool was terminated'));
    await Promise.all([...this.#roster.members].map(({ child }) => child.terminate()));
    await this.close(0);
  }

  async #close(): Promise<void> {
    this.#stop('the pool was closed');
    if (!this.#dispatcher.isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#roster.stop();
    for (const member of this.#roster.serving) this.#roster.retire(member, 'closed');
    await Promise.all([...this.#roster.members].map(({ child }) => child.exited));
    this.#stopUpkeep();
    // What is told when the last has ended is told before.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#state = 'closed';
    this.#ready.reject(new RpcError('CHANNEL_CLOSED', 'the pool was closed before it was ready'));
    this.#ended.resolve();
  }

  #cutOff(): void {
    this.#roster.stop();
    this.#dispatcher.end((call) => closedError(call, 'the pool was closed'));
    for (const member of this.#roster.members) void closeMember(member, 0, this.#settings.rites);
  }

  #stop(happened: string): void {
    if (this.#state === 'open') this.#state = 'closing';
    this.#dispatcher.close((call) => closedError(call, happened));
  }

  #refusal(call: Call): RpcError {
    return closedError(call, 'the pool was closed');
  }

  #memberReady(member: Member): void {
    this.#dispatcher.add(member);
    this.events.emit('ready', { id: member.id });
    if (--this.#toBeReady === 0) this.#ready.resolve();
  }

  #callEnded(member: Member): void {
    const { afterCalls = Infinity } = this.#settings.recycle;
    if (member.finished >= afterCalls) this.#roster.retire(member, 'recycled');
  }

  #isIdle(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
    this.#roster.hold(false);
    if (this.events.has('idle')) this.events.emit('idle', this.stats);
  }

  #startFailed(cause: RpcError): void {
    this.#ready.reject(cause);
    this.#dispatcher.refuseAll((call) => startError(call, cause));
  }

  #gaveUp(cause: RpcError): void {
    this.#state = 'failed';
    this.#failure = cause;
    this.#ready.reject(cause);
    this.#dispatcher.end((call) => failedError(call, cause));
    this.events.emit('failed', cause);
  }
}

function balanceOf({ balance, onError }: CrewSettings, loads: Loads<Member>): Balance {
  if (typeof balance === 'function') return byFunction(loads, balance, onError);
  switch (balance) {
    case 'round-robin':
      return roundRobin(loads);
    case 'key':
      return byKey(loads);
    case 'least-loaded':
      return leastLoaded(loads);
  }
}
