// Without a limit only the last of them are remembered: past that backoff grows no more.
const remembered = 64;

/** Counts what should be rare, such as restarts, and tells when there were too many within a period. */
export class Intensity {
  readonly #limit: number;
  readonly #periodMs: number;
  readonly #now: () => number;
  #times: number[] = [];

  /**
   * @param limit - How many there may be within the period.
   * @param periodMs - The length of the period.
   * @param now - A clock in milliseconds that never goes back.
   */
  constructor(limit: number, periodMs: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#periodMs = periodMs;
    this.#now = now;
  }

  /** How many there were within the period that ends now. */
  get recent(): number {
    this.#forget();
    return this.#times.length;
  }

  /**
   * Notes one more.
   *
   * @returns Whether that is still within the limit.
   */
  note(): boolean {
    this.#forget();
    this.#times.push(this.#now());
    if (this.#limit === Infinity && this.#times.length > remembered) this.#times.shift();
    return this.#times.length <= this.#limit;
  }

  #forget(): void {
    const since = this.#now() - this.#periodMs;
    const first = this.#times.findIndex((time) => time > since);
    this.#times = first === -1 ? [] : this.#times.slice(first);
  }
}
