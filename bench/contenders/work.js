// What every contender calls.

/**
 * @param {number} a
 * @param {number} b
 */
export const add = (a, b) => a + b;

/**
 * @template T
 * @param {T} value
 */
export const echo = (value) => value;

/** @param {Uint8Array} bytes */
export const size = (bytes) => bytes.byteLength;

/**
 * From 1: threads loses falsy items.
 *
 * @param {number} count
 */
export async function* items(count) {
  for (let i = 1; i <= count; i++) yield i;
}

/**
 * @param {number} count
 * @param {number} sizeBytes
 */
export async function* chunks(count, sizeBytes) {
  const chunk = new Uint8Array(sizeBytes).fill(7);
  for (let i = 0; i < count; i++) yield chunk;
}

/**
 * Keeps a thread busy.
 *
 * @param {number} forMs
 */
export function busy(forMs) {
  const until = performance.now() + forMs;
  while (performance.now() < until);
  return forMs;
}

/** @type {Set<() => void>} */
const held = new Set();

/**
 * Keeps a callback, so that it stays open.
 *
 * @param {() => void} callback
 */
export function hold(callback) {
  held.add(callback);
}
