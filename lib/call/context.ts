import type { CallOptions, Metadata } from './call.ts';

/**
 * What a remote function can learn about the call it runs for.
 *
 * @example
 * ```ts
 * import { callContext, type CallContext } from 'portcall/context';
 *
 * const user = ({ metadata }: CallContext): unknown => metadata['user'];
 * export const whoami = () => user(callContext()!);
 * ```
 */
export interface CallContext {
  /**
   * Aborts when the caller cancels the call, when it gives up at the deadline, and when the session ends before the
   * call does; of a call that has returned a stream, when the reader aborts that.
   */
  readonly signal: AbortSignal;
  /**
   * When the caller gives up, in milliseconds by the clock of `performance.now()` in this thread; `undefined` for
   * never. It counts from when the call arrived, and is lifted once the call has returned a stream.
   */
  readonly deadline: number | undefined;
  /** What the caller, and those it was called by, have given as `metadata`; empty where they gave none. */
  readonly metadata: Metadata;
}

/** Follows contexts from a function to what it calls and awaits; put in place by `portcall/context`. */
export interface ContextHook {
  /** Runs something, and whatever follows from it, in a context. */
  run<T>(context: CallContext, body: () => T): T;
  /** The context of whoever asks. */
  current(): CallContext | undefined;
}

/** Where the hook is, once there is one. */
export interface ContextSlot {
  hook: ContextHook | undefined;
}

const slotKey: unique symbol = Symbol.for('portcall.context') as never;

/**
 * The one slot of this thread. Bootstrap and module may have loaded different copies of the package, so it is kept under
 * a registered symbol; and it is there before the hook is, so that whoever looks into it often need not search for it.
 */
export function contextSlot(): ContextSlot {
  const root = globalThis as { [slotKey]?: ContextSlot };
  let slot = root[slotKey];
  if (slot === undefined) {
    slot = { hook: undefined };
    Object.defineProperty(root, slotKey, { value: slot });
  }
  return slot;
}

/** The options of a call with what it inherits from the call in whose context it is made. */
export function inherited({ hook }: ContextSlot, options: CallOptions): CallOptions {
  const context = hook?.current();
  if (context === undefined) return options;
  const { deadline, metadata } = context;
  const leftMs = deadline === undefined ? Infinity : Math.max(0, Math.ceil(deadline - performance.now()));
  return {
    ...options,
    ...(leftMs < (options.timeoutMs ?? Infinity) && { timeoutMs: leftMs }),
    ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata, ...options.metadata } }),
  };
}
