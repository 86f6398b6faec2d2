import { FleetingMap } from '../shared/fleeting-map.ts';
import { afterPendingInput } from '../shared/scheduler.ts';
import { timerMs } from '../shared/timer-ms.ts';

interface Timer {
  ref?(): void;
  unref?(): void;
}

/** One deadline, linked with those of the same length. */
interface Entry {
  readonly at: number;
  readonly passed: () => void;
  readonly list: List;
  before: Entry | undefined;
  after: Entry | undefined;
  /** Whether it is still in its list. */
  held: boolean;
}

/** All deadlines of one length: the order in which they were set is the order in which they pass. */
interface List {
  readonly lengthMs: number;
  first: Entry | undefined;
  last: Entry | undefined;
}

/**
 * Deadlines that share one timer. Setting and clearing one costs a few assignments; a timer is only ever set for the
 * earliest, and left to run when that one is cleared.
 *
 * The clock is monotonic: setting the time of day moves no deadline.
 */
export class Deadlines {
  readonly #lists = new FleetingMap<number, List>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  #size = 0;

  /**
   * Calls back once the time has passed and the event loop has looked at its input once more, so that a reply which
   * is there already wins.
   *
   * @returns Clears the deadline; harmless once it has passed.
   */
  set(lengthMs: number, passed: () => void): () => void {
    if (lengthMs === Infinity) return () => {};
    const list = this.#listOf(lengthMs);
    const entry: Entry = {
      at: performance.now() + lengthMs,
      passed,
      list,
      before: list.last,
      after: undefined,
      held: true,
    };
    if (list.last === undefined) list.first = entry;
    else list.last.after = entry;
    list.last = entry;
    this.#size++;
    if (entry.at < this.#timerAt) this.#arm(entry.at);
    else if (this.#size === 1) (this.#timer as Timer).ref?.();
    return () => this.#remove(entry);
  }

  /** Drops all deadlines. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Infinity;
    for (const list of this.#lists.values()) {
      for (let entry = list.first; entry !== undefined; entry = entry.after) entry.held = false;
    }
    this.#lists.clear();
    this.#size = 0;
  }

  #listOf(lengthMs: number): List {
    let list = this.#lists.get(lengthMs);
    if (list === undefined)
      this.#lists.set(lengthMs, (list = { lengthMs, first: undefined, last: undefined }));
    return list;
  }

  #remove(entry: Entry): void {
    const { list, before, after } = entry;
    if (!entry.held) return;
    entry.held = false;
    if (before === undefined) list.first = after;
    else before.after = after;
    if (after === undefined) list.last = before;
    else after.before = before;
    if (list.first === undefined) this.#lists.delete(list.lengthMs);
    // The timer keeps the process alive only while there is something to wait for.
    if (--this.#size === 0) (this.#timer as Timer | undefined)?.unref?.();
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const waitMs = Math.max(0, Math.ceil(at - performance.now()));
    this.#timer = setTimeout(() => this.#fired(), timerMs(waitMs));
    if (this.#size === 0) (this.#timer as Timer).unref?.();
  }

  #fired(): void {
    this.#timer = undefined;
    this.#timerAt = Infinity;
    const now = performance.now();
    const due: Entry[] = [];
    let next = Infinity;
    for (const list of this.#lists.values()) {
      let entry = list.first;
      for (; entry !== undefined && entry.at <= now; entry = entry.after) due.push(entry);
      if (entry !== undefined) next = Math.min(next, entry.at);
    }
    if (next < Infinity) this.#arm(next);
    // Each list is in order; a timer that is late finds entries of several.
    due.sort((one, other) => one.at - other.at);
    if (due.length > 0) afterPendingInput(() => this.#pass(due));
  }

  #pass(due: readonly Entry[]): void {
    for (const entry of due) {
      // Cleared meanwhile: the reply was in the buffer.
      if (!entry.held) continue;
      this.#remove(entry);
      entry.passed();
    }
  }
}
