import { availableParallelism } from 'node:os';

// Where in the shared memory what is: how often it has rung, whether somebody waits for that, whether the thread that
// rings has ended, and with which code.
const rings = 0;
const waits = 1;
const ended = 2;
const code = 3;

// How often the count is looked at before the thread goes to sleep: about as long as going to sleep and being woken
// takes. Of use only where the other thread runs meanwhile.
const looks = 4_000;

// How many of the latest looks must have been of use for the next to be made; every so often one is made all the same.
const enough = 4;
const retryEvery = 64;

/**
 * Tells a thread that may be blocked that another has sent it something, by memory the two share. One side rings, the
 * other waits.
 */
export class Bell {
  /** What the other side makes its own bell of. */
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #mayLook = availableParallelism() > 1;
  // Grows where looking was of use, falls where it was not.
  #luck = 2 * enough;
  #skipped = 0;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** How often it has rung. */
  get count(): number {
    return Atomics.load(this.#cells, rings);
  }

  /** The code the other thread has ended with; `undefined` while it has not said so. */
  get exitCode(): number | undefined {
    return Atomics.load(this.#cells, ended) === 0 ? undefined : Atomics.load(this.#cells, code);
  }

  /** Something has been sent. Wakes who waits, which costs time only where somebody does. */
  ring(): void {
    Atomics.add(this.#cells, rings, 1);
    if (Atomics.load(this.#cells, waits) === 1) Atomics.notify(this.#cells, rings);
  }

  /** This thread ends, and nothing is sent any more. */
  end(exitCode: number): void {
    Atomics.store(this.#cells, code, exitCode);
    Atomics.store(this.#cells, ended, 1);
    this.ring();
  }

  /**
   * Whether this thread can be blocked at all: the main thread of a browser, for one, cannot.
   *
   * @returns What forbids it; `undefined` where nothing does.
   */
  forbidden(): unknown {
    try {
      // Not what the count is, so that nothing is waited for.
      Atomics.wait(this.#cells, rings, this.count - 1, 0);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /**
   * Blocks this thread until it rings.
   *
   * @param heard - The count before it was looked what has come: a ring since then ends the wait at once.
   * @param ms - How long at most.
   * @returns Whether it has rung.
   */
  wait(heard: number, ms: number): boolean {
    if (this.#look(heard)) return true;
    Atomics.store(this.#cells, waits, 1);
    const how = Atomics.wait(this.#cells, rings, heard, ms);
    Atomics.store(this.#cells, waits, 0);
    return how !== 'timed-out';
  }

  /** Whether it rings within the next few microseconds. */
  #look(heard: number): boolean {
    if (!this.#mayLook) return false;
    if (this.#luck < enough && ++this.#skipped % retryEvery !== 0) return false;
    for (let look = 0; look < looks; look++) {
      if (Atomics.load(this.#cells, rings) === heard) continue;
      this.#luck = Math.min(this.#luck + 2, 4 * enough);
      return true;
    }
    this.#luck = Math.max(this.#luck - 1, 0);
    return false;
  }
}
