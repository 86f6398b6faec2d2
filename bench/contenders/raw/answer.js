import { add, echo } from '../work.js';

/**
 * A number to know the reply by, what is wanted, and its arguments.
 *
 * @typedef {readonly [id: number, wanted: number, first: unknown, second?: unknown]} Request
 */

/**
 * The number, and a value. Streams end with a reply without one.
 *
 * @typedef {readonly [id: number, value?: unknown]} Reply
 */

/** What can be wanted. */
export const wanted = /** @type {const} */ ({ add: 0, echo: 1, items: 2, chunks: 3 });

/**
 * The least that a side which is called has to do.
 *
 * @param {Request} request
 * @param {(reply: Reply) => void} send
 */
export function answer([id, what, first, second], send) {
  if (what === wanted.add)
    return send([id, add(/** @type {number} */ (first), /** @type {number} */ (second))]);
  if (what === wanted.echo) return send([id, echo(first)]);
  if (what === wanted.items) {
    for (let i = 1; i <= /** @type {number} */ (first); i++) send([id, i]);
  } else {
    const chunk = new Uint8Array(/** @type {number} */ (second)).fill(7);
    for (let i = 0; i < /** @type {number} */ (first); i++) send([id, chunk]);
  }
  send([id]);
}
