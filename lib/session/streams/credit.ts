/** How much a producer may send before the consumer has used some of it. */
export class Credit {
  #items: number;
  #bytes: number;

  constructor(items: number, bytes: number) {
    this.#items = items;
    this.#bytes = bytes;
  }

  /** Whether one more item may be sent; it may be larger than the bytes that are left. */
  get any(): boolean {
    return this.#items > 0 && this.#bytes > 0;
  }

  add(items: number, bytes: number): void {
    this.#items += items;
    this.#bytes += bytes;
  }

  spend(bytes: number): void {
    this.#items--;
    this.#bytes -= bytes;
  }
}
