/**
 * The calls of the other side that wait for the results of others, and the releases that came after them: what a call
 * uses is let go of once it has begun, not before.
 */
export class WaitingCalls {
  readonly #most: number;
  // Ids only grow: the first is the lowest.
  readonly #ids = new Set<number>();
  #held: { readonly after: number; readonly release: () => void }[] = [];

  /** @param most - How many releases may be held back. Those beyond go at once. */
  constructor(most: number) {
    this.#most = most;
  }

  get any(): boolean {
    return this.#ids.size > 0;
  }

  add(id: number): void {
    this.#ids.add(id);
  }

  /** A call has begun, or never will. */
  gone(id: number): void {
    if (!this.#ids.delete(id) || this.#held.length === 0) return;
    const [lowest = Infinity] = this.#ids;
    let free = 0;
    while (free < this.#held.length && this.#held[free]!.after < lowest) free++;
    for (const { release } of this.#held.splice(0, free)) release();
  }

  /**
   * Calls back once the calls that wait now have begun: at once, where none does.
   *
   * @param lastId - The call that came last.
   */
  release(lastId: number, release: () => void): void {
    if (this.#ids.size === 0 || this.#held.length >= this.#most) release();
    else this.#held.push({ after: lastId, release });
  }

  /** The session is over, and all that could be released with it. */
  clear(): void {
    this.#ids.clear();
    this.#held = [];
  }
}
