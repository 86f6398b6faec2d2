// When work runs, in terms every runtime has. The session is built on these two and so needs no `node:` import.

interface Host {
  readonly process?: { readonly nextTick?: (run: () => void) => void };
  readonly setImmediate?: (run: () => void) => unknown;
}

const host = globalThis as Host;

/**
 * Runs a function once the code that runs now has finished, before the event loop turns.
 *
 * `process.nextTick` where there is one: it runs after all microtasks of the current step, so the replies that a
 * batch of promise continuations produces are joined into one write.
 */
export const afterThisTick: (run: () => void) => void = host.process?.nextTick ?? queueMicrotask;

/**
 * Runs a function after the event loop has looked at its sources of input once more.
 *
 * A deadline waits for this before it rejects, so that a reply which is already in the buffer wins.
 */
export const afterPendingInput: (run: () => void) => void =
  host.setImmediate ?? ((run) => setTimeout(run, 0));
