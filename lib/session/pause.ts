// So much later an answer may leave than it could, to leave together with others: most batches are answered in less, and
// of calls that take a millisecond two share what it costs to hand over.
const longMs = 2;

// To ask the clock costs a quarter of what a small call does.
const mostQuick = 4;

/**
 * Tells when what has been answered has waited long enough for the rest of its batch: one function of many that were
 * called at once may take long, and the callers of the others need not wait for it.
 *
 * The clock is asked after each answer while they are slow, and after every fourth while they are quick.
 */
export class Pause {
  #since = 0;
  #stride = 1;
  #left = 1;

  /** Nothing waits yet. */
  begin(): void {
    this.#since = performance.now();
    this.#stride = this.#left = 1;
  }

  /** One more waits. Whether they have waited for long; if so the next begins anew. */
  isLong(): boolean {
    if (--this.#left > 0) return false;
    const now = performance.now();
    const long = now - this.#since >= longMs;
    this.#stride = long ? 1 : Math.min(mostQuick, this.#stride * 2);
    this.#left = this.#stride;
    if (long) this.#since = now;
    return long;
  }
}
