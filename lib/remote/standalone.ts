import type { CallOptions } from '../call/call.ts';
import { callOptions } from '../call/call-options.ts';
import { contextSlot, inherited } from '../call/context.ts';
import { linkOf, type Link } from '../call/link.ts';
import { invalidOption } from '../errors/invalid-option.ts';

/**
 * The same remote, or received function, with options for each call made through it.
 *
 * @param remote - A remote object, a function that was received, or a function of a remote, such as `remote.render`.
 * @param options - Added to those it has: deadline, signal and the like.
 * @throws RpcError `INVALID_OPTION` where it is no remote, or an option is wrong
 *
 * @example
 * ```ts
 * import { withOptions } from 'portcall';
 *
 * export async function each(items: string[], visit: (item: string) => Promise<void>) {
 *   const patient = withOptions(visit, { timeoutMs: 1_000 });
 *   for (const item of items) await patient(item);
 * }
 * ```
 */
export function withOptions<T extends object>(remote: T, options: CallOptions): T {
  const link = linked('withOptions(): remote', remote);
  return link.with(callOptions(link.options, options)) as T;
}

/**
 * Lets go of a remote object or function that was received: the other side may forget what it stands for. Calls under
 * way go on; further ones reject with `REFERENCE_RELEASED`. By itself that happens when the remote is collected, and
 * when the session ends.
 *
 * @param remote - What was received. Of a module's `remote` there is nothing to release, and nothing happens.
 * @throws RpcError `INVALID_OPTION` where it is no remote
 *
 * @example
 * ```ts
 * import { fork, release } from 'portcall';
 *
 * const shop = fork<{ open(): { close: () => void } }>(new URL('./shop.js', import.meta.url));
 * const { close } = await shop.remote.open();
 * await close();
 * release(close);
 * ```
 */
export function release(remote: object): void {
  linked('release(): remote', remote).release();
}

/**
 * Sets properties of a remote object: an instance, or what was passed `byReference`.
 *
 * @param remote - The remote object.
 * @param properties - The new values. All are set, or none where one cannot be.
 * @throws RpcError `INVALID_OPTION` where it is no remote. The promise rejects with `METHOD_NOT_FOUND` where there is no
 * such property, with `INVALID_ARGUMENT` where it cannot be set, and with what a setter throws.
 *
 * @example
 * ```ts
 * import { assign, fork } from 'portcall';
 *
 * class Counter {
 *   step = 1;
 * }
 * const module = fork<{ Counter: typeof Counter }>(new URL('./counter.js', import.meta.url));
 * const counter = await new module.remote.Counter();
 * await assign(counter, { step: 2 });
 * ```
 */
export async function assign(remote: object, properties: Readonly<Record<string, unknown>>): Promise<void> {
  const { handler, target, options } = linked('assign(): remote', remote);
  await handler({ kind: 'set', target, args: [properties], options: inherited(contextSlot(), options) });
}

function linked(option: string, remote: unknown): Link {
  const link = linkOf(remote);
  if (link === undefined) throw invalidOption(option, remote, 'a remote, or a function that was received');
  return link;
}
