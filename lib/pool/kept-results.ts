import type { KeptResult, TargetBase } from '../call/call.ts';

/** Results of calls that stay at a member and have not been read yet, as long as anybody here can use them. */
export class KeptResults {
  readonly #refs = new Set<WeakRef<KeptResult & Partial<TargetBase>>>();
  // Looked through when there are more.
  #soonMany = 16;

  add(result: KeptResult): void {
    this.#refs.add(new WeakRef(result));
    if (this.#refs.size > this.#soonMany) this.#soonMany = 16 + this.size * 2;
  }

  /** How many there are. One that has been read counts among the references. */
  get size(): number {
    for (const ref of this.#refs) {
      const result = ref.deref();
      if (result === undefined || result.gone !== undefined || (result.id ?? -1) > 0) this.#refs.delete(ref);
    }
    return this.#refs.size;
  }
}
