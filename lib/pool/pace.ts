// Work that may be under way at a member beyond the call that runs: enough that it never waits for this side, and so
// little that a call which turns out long does not hold up much behind it.
const aheadMs = 5;

// More do not make calls cheaper, and are lost together when their member dies.
const most = 64;

/** How many calls each member may have under way. */
export interface Pace {
  readonly limit: number;
  /**
   * Calls of a member have ended.
   *
   * @param calls - How many.
   * @param busyMs - How long it took for them, calls being under way all the time.
   */
  ended(calls: number, busyMs: number): void;
}

/** Always the same number. */
export function fixedPace(limit: number): Pace {
  return { limit, ended: () => {} };
}

/**
 * One call at a time where calls are long, and the more the shorter they are: to hand over one at a time costs each of
 * them a wait for the other side.
 */
export class AdaptivePace implements Pace {
  #limit = 1;
  #eachMs: number | undefined;

  get limit(): number {
    return this.#limit;
  }

  ended(calls: number, busyMs: number): void {
    const ms = busyMs / calls;
    // Half from before: one measurement can be far off, where this side was busy while replies arrived.
    this.#eachMs = this.#eachMs === undefined ? ms : (this.#eachMs + ms) / 2;
    this.#limit = Math.min(most, 1 + Math.floor(aheadMs / Math.max(this.#eachMs, aheadMs / most)));
  }
}
