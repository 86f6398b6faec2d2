import { Line, type Standing } from './line.ts';

/** What a {@link Loads} keeps in order. */
export interface Loaded<T> extends Standing<T> {
  /** Calls that it has under way. */
  load: number;
}

/**
 * The members that take calls, in lines by their load, so that the least loaded is found without looking at the
 * others: what a call costs does not depend on how many members there are.
 */
export class Loads<T extends Loaded<T>> {
  readonly #lines: Line<T>[] = [];
  #least = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * The least loaded. Of several that idle it is the one that has not done so for long, so that the others can go on;
   * of several that are busy, the one whose turn was longest ago.
   */
  get least(): T | undefined {
    return this.#lines[this.#least]?.first;
  }

  add(member: T): void {
    this.#size++;
    this.#join(member);
  }

  remove(member: T): void {
    this.#size--;
    this.#lineOf(member.load).remove(member);
    this.#raiseLeast();
  }

  /** Changes the load of a member that is in here. */
  change(member: T, by: 1 | -1): void {
    this.#lineOf(member.load).remove(member);
    member.load += by;
    this.#join(member);
    this.#raiseLeast();
  }

  #join(member: T): void {
    if (member.load === 0) this.#lineOf(0).unshift(member);
    else this.#lineOf(member.load).push(member);
    if (member.load < this.#least) this.#least = member.load;
  }

  #lineOf(load: number): Line<T> {
    while (this.#lines.length <= load) this.#lines.push(new Line<T>());
    return this.#lines[load]!;
  }

  #raiseLeast(): void {
    if (this.#size === 0) {
      this.#least = 0;
      return;
    }
    // One step, but for members that leave: those that change their load go to the next line.
    while (this.#lines[this.#least]?.isEmpty !== false) this.#least++;
  }
}
