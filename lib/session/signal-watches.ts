import { FleetingMap } from '../shared/fleeting-map.ts';

/**
 * Listens to AbortSignals, with one listener on each however many calls wait for it: ten thousand calls that share a
 * signal cost it one listener, and none once they are done.
 */
export class SignalWatches {
  readonly #watches = new FleetingMap<AbortSignal, Watch>();

  /**
   * Calls back when the signal aborts.
   *
   * @returns Stops watching; harmless to call twice.
   */
  add(signal: AbortSignal, aborted: () => void): () => void {
    let watch = this.#watches.get(signal);
    if (watch === undefined) this.#watches.set(signal, (watch = this.#watch(signal)));
    const { callbacks } = watch;
    callbacks.add(aborted);
    return () => {
      callbacks.delete(aborted);
      if (callbacks.size === 0 && this.#watches.get(signal)?.callbacks === callbacks) this.#stop(signal);
    };
  }

  #watch(signal: AbortSignal): Watch {
    const callbacks = new Set<() => void>();
    const listener = (): void => {
      this.#stop(signal);
      // A callback may settle other calls, and so remove callbacks that are still to come.
      for (const aborted of callbacks) aborted();
    };
    signal.addEventListener('abort', listener);
    return { callbacks, listener };
  }

  #stop(signal: AbortSignal): void {
    const watch = this.#watches.get(signal);
    if (watch === undefined) return;
    this.#watches.delete(signal);
    signal.removeEventListener('abort', watch.listener);
  }
}

interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}
