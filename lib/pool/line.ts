/** What can stand in a {@link Line}; in one at a time. */
export interface Standing<T> {
  before: T | undefined;
  after: T | undefined;
}

/** First come, first served; anyone can leave from the middle. Each of these costs a few assignments. */
export class Line<T extends Standing<T>> {
  #first: T | undefined;
  #last: T | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Joins at the end. */
  push(one: T): void {
    one.before = this.#last;
    one.after = undefined;
    if (this.#last === undefined) this.#first = one;
    else this.#last.after = one;
    this.#last = one;
  }

  /** Joins at the front. */
  unshift(one: T): void {
    one.before = undefined;
    one.after = this.#first;
    if (this.#first === undefined) this.#last = one;
    else this.#first.before = one;
    this.#first = one;
  }

  /** Leaves; the caller knows that it stands in this line. */
  remove(one: T): void {
    const { before, after } = one;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    one.before = undefined;
    one.after = undefined;
  }
}
