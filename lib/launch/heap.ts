import type { ResourceLimits } from 'node:worker_threads';

import { RpcError } from '../errors/rpc-error.ts';

const mebibyte = 1024 * 1024;

/** The least that a heap can be limited to, in bytes: Node itself needs some. */
export const leastHeapBytes: number = 16 * mebibyte;

/** The option of Node that limits the heap of a process. */
export function heapArgument(maxHeapBytes: number): string {
  return `--max-old-space-size=${Math.floor(maxHeapBytes / mebibyte)}`;
}

/**
 * The limits of a thread.
 *
 * @throws RpcError `INVALID_OPTION` where its heap is limited twice
 */
export function heapLimits(
  where: string,
  options: {
    readonly resourceLimits?: ResourceLimits | undefined;
    readonly maxHeapBytes?: number | undefined;
  },
): ResourceLimits | undefined {
  const { resourceLimits, maxHeapBytes } = options;
  if (maxHeapBytes === undefined) return resourceLimits;
  if (resourceLimits?.maxOldGenerationSizeMb !== undefined) {
    throw new RpcError(
      'INVALID_OPTION',
      `${where}: maxHeapBytes and resourceLimits.maxOldGenerationSizeMb are the same limit; give one of them`,
    );
  }
  return { ...resourceLimits, maxOldGenerationSizeMb: Math.floor(maxHeapBytes / mebibyte) };
}
