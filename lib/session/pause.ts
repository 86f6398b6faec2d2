// Answers that have waited for so long leave without the rest of their batch: most batches are answered in less, and of
// calls that take a millisecond two share what it costs to hand over.
const longMs = 2;

// To ask the clock costs a quarter of what a small call does: after so many quick answers it is asked for every fourth.
const quickAnswers = 8;
const quickStride = 4;

/**
 * Tells when what has been answered has waited long enough for the rest of its batch: one function of many that were
 * called at once may take long, and its caller need not wait for those behind it.
 */
export class Pause {
  #since = 0;
  #quick = 0;
  #left = 1;

  /** Nothing waits yet. */
  begin(): void {
    this.#since = performance.now();
    this.#quick = 0;
    this.#left = 1;
  }

  /** One more waits. Whether they have waited for long; if so the next begins anew. */
  isLong(): boolean {
    if (--this.#left > 0) return false;
    const now = performance.now();
    const long = now - this.#since >= longMs;
    this.#quick = long ? 0 : this.#quick + 1;
    this.#left = this.#quick < quickAnswers ? 1 : quickStride;
    if (long) this.#since = now;
    return long;
  }
}
