import { afterThisTick } from '../shared/scheduler.ts';
import type { Pace } from './pace.ts';

// Calls that take this long together say enough, however few they are.
const enoughMs = 20;

/** Measures how long the calls of one member take, from when it gets work until it has none. */
export class Meter {
  readonly #pace: Pace;
  #since = 0;
  #calls = 0;
  #isDue = false;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** The member has got a call, and had none. */
  begin(): void {
    // What ended in this tick belongs to the time before.
    if (this.#isDue) this.#read();
    this.#since = performance.now();
    this.#calls = 0;
  }

  /** A call of the member has ended. */
  ended(): void {
    this.#calls++;
    if (this.#isDue) return;
    this.#isDue = true;
    // Replies come in batches: those of this tick are counted together.
    afterThisTick(() => {
      if (this.#isDue) this.#read();
    });
  }

  #read(): void {
    this.#isDue = false;
    const now = performance.now();
    const ms = now - this.#since;
    if (this.#calls < this.#pace.limit && ms < enoughMs) return;
    this.#pace.ended(this.#calls, ms);
    this.#since = now;
    this.#calls = 0;
  }
}
