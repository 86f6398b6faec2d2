/** The AbortSignals of the other side that one call has brought along. */
export class IncomingSignals {
  readonly #controllers = new Map<number, AbortController>();

  signal(id: number): AbortSignal {
    return this.aborting(id).signal;
  }

  aborting(id: number): AbortController {
    let controller = this.#controllers.get(id);
    if (controller === undefined) this.#controllers.set(id, (controller = new AbortController()));
    return controller;
  }

  /** The numbers they are known by. */
  get ids(): Iterable<number> {
    return this.#controllers.keys();
  }

  /** Aborts one of them. */
  abort(id: number, reason: unknown): void {
    this.#controllers.get(id)?.abort(reason);
  }

  /** Aborts all of them: the caller no longer waits. */
  abortAll(reason: unknown): void {
    for (const controller of this.#controllers.values()) controller.abort(reason);
  }

  /** The number of the signal that was aborted with this very object. */
  reasonOf(value: object): number | undefined {
    for (const [id, { signal }] of this.#controllers)
      if (signal.aborted && signal.reason === value) return id;
    return undefined;
  }
}
