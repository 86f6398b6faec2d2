/** Tells listeners what has happened; the names and what is told of each are those of a map. */
export class Events<Map extends object> {
  readonly #listeners = new globalThis.Map<keyof Map, Set<(detail: never) => void>>();
  readonly #onError: (error: unknown) => void;

  /** @param onError - Told what a listener throws. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** @returns Stops listening; harmless to call twice. */
  on<Name extends keyof Map>(name: Name, listener: (detail: Map[Name]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()));
    // Wrapped, so that each `on` is one registration, the same function twice included.
    const own = (detail: Map[Name]): void => listener(detail);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** Whether anybody listens: what is told may be costly to find out. */
  has(name: keyof Map): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<Name extends keyof Map>(name: Name, detail: Map[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as (detail: Map[Name]) => void)(detail);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
