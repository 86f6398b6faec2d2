// Plain functions: nothing in here knows that it is called from another process.
import { createHash } from 'node:crypto';

/**
 * Stretches a password, which takes a while, and says how far it is.
 *
 * @param {string} password
 * @param {{ rounds: number, every: number, onProgress: (done: number, of: number) => Promise<void> | void }} options
 * @param {AbortSignal} [signal]
 */
export async function stretch(password, { rounds, every, onProgress }, signal) {
  let digest = Buffer.from(password);
  for (let round = 1; round <= rounds; round++) {
    digest = createHash('sha256').update(digest).digest();
    if (round % every !== 0) continue;
    // Waits until the caller has heard of it, so that a slow one is not run over; and looks for a cancellation.
    await onProgress(round, rounds);
    signal?.throwIfAborted();
  }
  return digest.toString('hex');
}
