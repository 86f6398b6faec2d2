import { Looking } from './looking.ts';

// Where in the shared memory what is: how often it has rung, whether the other thread sleeps until that, whether it
// waits at all, how often that has sent something itself; whether the thread that rings has ended, and its exit code.
const rings = 0;
const sleeps = 1;
const waits = 2;
const sent = 3;
const ended = 4;
const code = 5;
const cells = 6;

/**
 * Tells a thread that may be blocked that another has sent it something, by memory the two share. One side rings, the
 * other waits.
 */
export class Bell {
  /** What the other side makes its own bell of. */
  readonly memory: SharedArrayBuffer;
  /** Called when it has rung for a thread that waits. */
  answered: (() => void) | undefined;
  readonly #cells: Int32Array;
  readonly #looking = new Looking();
  #heard = 0;
  readonly #rung = (): boolean => Atomics.load(this.#cells, rings) !== this.#heard;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** How often it has rung. */
  get count(): number {
    return Atomics.load(this.#cells, rings);
  }

  /** How often the thread that waits has sent something. */
  get sentCount(): number {
    return Atomics.load(this.#cells, sent);
  }

  /** The code the other thread has ended with; `undefined` while it has not said so. */
  get exitCode(): number | undefined {
    return Atomics.load(this.#cells, ended) === 0 ? undefined : Atomics.load(this.#cells, code);
  }

  /** Something has been sent. Wakes who sleeps, which costs time only where somebody does. */
  ring(): void {
    Atomics.add(this.#cells, rings, 1);
    if (Atomics.load(this.#cells, sleeps) === 1) Atomics.notify(this.#cells, rings);
    if (this.answered !== undefined && Atomics.load(this.#cells, waits) === 1) this.answered();
  }

  /** This thread ends, and nothing is sent any more. */
  end(exitCode: number): void {
    Atomics.store(this.#cells, code, exitCode);
    Atomics.store(this.#cells, ended, 1);
    this.ring();
  }

  /** The thread that waits has sent something. */
  noteSent(): void {
    Atomics.add(this.#cells, sent, 1);
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
    this.#heard = heard;
    Atomics.store(this.#cells, waits, 1);
    const seen = this.#looking.worthIt() && this.#looking.see(this.#rung);
    const rung = seen || this.#sleep(heard, ms);
    Atomics.store(this.#cells, waits, 0);
    return rung;
  }

  #sleep(heard: number, ms: number): boolean {
    Atomics.store(this.#cells, sleeps, 1);
    const how = Atomics.wait(this.#cells, rings, heard, ms);
    Atomics.store(this.#cells, sleeps, 0);
    return how !== 'timed-out';
  }
}
