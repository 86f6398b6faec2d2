import type { Call } from './call.ts';

/**
 * Makes a call and blocks this thread until it has its result, which it returns as it is.
 *
 * @param from - The function the user has called: traces begin above it.
 */
export type BlockingHandler = (call: Call, from: object) => unknown;
