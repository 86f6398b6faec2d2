import type { Vitals } from '../connect/vitals-name.ts';
import type { RecycleOptions } from './options.ts';
import type { Member } from './member.ts';

/** Whether a member has done its share of calls, or is old enough. */
export function isDue(
  member: Member,
  { afterCalls = Infinity, afterMs = Infinity }: RecycleOptions,
): boolean {
  return member.finished >= afterCalls || performance.now() - member.startedAt >= afterMs;
}

/** Whether it has to be asked for its memory. */
export function asksMemory({ aboveHeapBytes, aboveRssBytes }: RecycleOptions): boolean {
  return aboveHeapBytes !== undefined || aboveRssBytes !== undefined;
}

/** Whether a member takes more memory than it may. */
export function isTooLarge(
  { heapBytes, rssBytes }: Vitals,
  { aboveHeapBytes = Infinity, aboveRssBytes = Infinity }: RecycleOptions,
): boolean {
  return heapBytes > aboveHeapBytes || rssBytes > aboveRssBytes;
}
