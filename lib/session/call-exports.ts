import type { Exporter } from '../values/values.ts';

/** Numbers for what a session makes known to the other side. They only grow. */
export class Numbers {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
}

/** What is not data among the arguments of one call: made for each, since writing an argument can make other calls. */
export class CallExports implements Exporter {
  /** Its AbortSignals, by the number they are known by at the other side; most calls have none. */
  signals: Map<number, AbortSignal> | undefined;
  /** Those of them that had not aborted when they were written; the others have their reason with them. */
  live: Map<number, AbortSignal> | undefined;
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  signal(signal: AbortSignal): number {
    const id = this.#numbers.next();
    (this.signals ??= new Map()).set(id, signal);
    if (!signal.aborted) (this.live ??= new Map()).set(id, signal);
    return id;
  }

  reasonOf(): undefined {
    return undefined;
  }
}
