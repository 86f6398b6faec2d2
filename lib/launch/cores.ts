import { availableParallelism } from 'node:os';

/** How many threads can run at the same time here. */
export function availableCores(): number {
  return availableParallelism();
}
