import { isMainThread, parentPort } from 'node:worker_threads';

import type { Protocol } from '../connect/protocol.ts';
import { ComlinkSession } from './comlink-session.ts';
import { wireOver } from './wire.ts';

/**
 * Comlink's protocol, for sessions with a program that uses Comlink itself: `connect` reaches what Comlink's `expose`
 * offers, and what is exposed here is for Comlink's `wrap`. Over a `Worker`, a `MessagePort` or `parentPort`.
 *
 * Values cross as structured clone has them. What is marked with Comlink's `proxy()` crosses by reference, what is
 * marked with its `transfer()` is moved, and its transfer handlers are used.
 *
 * @example
 * ```ts
 * import { Worker } from 'node:worker_threads';
 * import { connect } from 'portcall';
 * import { comlink } from 'portcall/comlink';
 *
 * // In stock.js: Comlink.expose({ add: (a, b) => a + b }, nodeEndpoint(parentPort))
 * const session = connect<{ add(a: number, b: number): number }>(new Worker('./stock.js'), { protocol: comlink });
 * console.log(await session.with({ timeoutMs: 1000 }).add(2, 3)); // 5
 * await session.close();
 * ```
 */
export const comlink: Protocol = Object.freeze<Protocol>({
  name: 'Comlink',
  open: (endpoint, settings) => new ComlinkSession(wireOver(settings.where, endpoint), settings),
  parent: () => (isMainThread ? undefined : (parentPort ?? undefined)),
});
