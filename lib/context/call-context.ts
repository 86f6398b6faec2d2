import { AsyncLocalStorage } from 'node:async_hooks';

import { contextSlot, type CallContext, type ContextHook } from '../call/context.ts';

/**
 * The context of the call that the function asking runs for: its deadline, a signal that aborts when it is cancelled,
 * and the caller's metadata. `undefined` outside of remote functions.
 *
 * Importing this entry is what turns contexts on, for all sessions of the thread. Calls made from a remote function then
 * inherit its deadline, or what is left of it, and its metadata: what `with` says goes before it, key by key. That
 * goes on over any number of hops, as far as each side has imported this entry. It follows `await`, timers, and the
 * bodies of generators, at some cost for every `await` of the thread; sides that never import it pay nothing.
 *
 * @example
 * ```ts
 * import { callContext } from 'portcall/context';
 *
 * export async function report(url: string): Promise<string> {
 *   const context = callContext();
 *   const response = await fetch(url, context && { signal: context.signal });
 *   return `for ${String(context?.metadata['user'])}: ${await response.text()}`;
 * }
 * ```
 */
export function callContext(): CallContext | undefined {
  return slot.hook?.current();
}

const slot = contextSlot();
// Another copy of the package may have been first.
slot.hook ??= followed(new AsyncLocalStorage<CallContext>());

function followed(storage: AsyncLocalStorage<CallContext>): ContextHook {
  return {
    run: (context, body) => storage.run(context, body),
    current: () => storage.getStore(),
  };
}
