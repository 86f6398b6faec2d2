import { count } from '../errors/check-options.ts';
import { availableCores } from '../launch/cores.ts';

/** A pool, as a budget sees it. */
export interface Claimant {
  /** How many cores it has, those that it is giving up not counted. */
  readonly held: number;
  /** Whether it has work for one more. */
  readonly wants: boolean;
  /**
   * Asked to give one up.
   *
   * @param busy - Whether even one that has work: others have less.
   * @returns Whether it does. It gives the core back once the member has ended.
   */
  spare(busy: boolean): boolean;
  /** A core may be free now. */
  coreFree(): void;
}

/**
 * Cores that several pools share; made by {@link coreBudget}.
 *
 * @example
 * ```ts
 * import { coreBudget, type CoreBudget } from 'portcall';
 *
 * const budget: CoreBudget = coreBudget(4);
 * console.log(`${budget.used} of ${budget.cores} cores are taken`);
 * ```
 */
export class CoreBudget {
  /** How many there are. */
  readonly cores: number;
  readonly #claimants = new Set<Claimant>();
  readonly #waiting = new Set<Claimant>();
  #used = 0;

  /** @internal */
  constructor(cores: number) {
    this.cores = cores;
  }

  /** How many members of pools there are. It can be more than `cores`: no pool with work is left without any. */
  get used(): number {
    return this.#used;
  }

  /** @internal A pool begins to share. */
  join(pool: Claimant): void {
    this.#claimants.add(pool);
  }

  /** @internal A pool has ended. */
  leave(pool: Claimant): void {
    this.#claimants.delete(pool);
    this.#waiting.delete(pool);
  }

  /**
   * @internal A pool wants a core for one more member. Where there is none, those that have more are asked to spare
   * one, and the pool is told when it may try again.
   *
   * @param owed - It is below its `min`, or has no member at all: it gets one in any case.
   */
  take(pool: Claimant, owed: boolean): boolean {
    const free = this.#used < this.cores;
    if (owed || free) this.#used++;
    else this.#waiting.add(pool);
    // Of what is more than there are cores, one is given back.
    if (!free) this.#ask(pool);
    return owed || free;
  }

  /** @internal A member has ended. */
  give(): void {
    this.#used--;
    for (const pool of this.#waiting) {
      if (!pool.wants || this.#used < this.cores) {
        this.#waiting.delete(pool);
        if (pool.wants) pool.coreFree();
      } else this.#ask(pool);
    }
  }

  /** Has another pool give up a core for one: one that is idle, or one more than the other would have then. */
  #ask(pool: Claimant): void {
    const others = [...this.#claimants].filter((other) => other !== pool);
    if (others.some((other) => other.spare(false))) return;
    others.filter(({ held }) => held > pool.held + 1).some((other) => other.spare(true));
  }
}

/**
 * A number of cores for several pools of a program to share: give it to each as its `budget`. Pools with idle members
 * make room for those that have work, and of two that are both busy neither keeps more than its half. A pool always
 * gets its `min`, and one member where it has none.
 *
 * @param cores - How many members these pools may have together.
 *
 * @throws RpcError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { coreBudget, pool } from 'portcall';
 *
 * const budget = coreBudget();
 * const images = pool(new URL('./images.js', import.meta.url), { kind: 'worker', budget });
 * const search = pool(new URL('./search.js', import.meta.url), { kind: 'fork', budget });
 * await Promise.all([images.close(), search.close()]);
 * ```
 */
export function coreBudget(cores: number = availableCores()): CoreBudget {
  count('coreBudget(): cores', cores);
  return new CoreBudget(cores);
}
