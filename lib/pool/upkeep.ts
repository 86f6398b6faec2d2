import { endingOf } from '../session/call-failure.ts';
import { askMemory } from '../launch/vitals.ts';
import type { Member } from './member.ts';
import type { RecycleOptions } from './options.ts';
import { asksMemory, isDue, isTooLarge } from './recycle.ts';
import type { Roster } from './roster.ts';

// How often members are looked at: often enough that what an option says in seconds is right by a quarter of one.
const longestMs = 250;
const shortestMs = 10;

/**
 * Looks after the members of a pool at intervals: ends those that idle, and has those replaced that are too old or too
 * large.
 *
 * @returns Stops it.
 */
export function keepUp(
  roster: Roster,
  idleTimeoutMs: number,
  recycle: RecycleOptions,
  onError: (error: unknown) => void,
): () => void {
  const memory = asksMemory(recycle);
  const asked = new Set<Member>();
  const soonest = Math.min(idleTimeoutMs, recycle.afterMs ?? Infinity) / 4;
  const look = (): void => {
    const idleSince = performance.now() - idleTimeoutMs;
    let spare = roster.serving.length - roster.size.min;
    for (const member of roster.members) {
      if (member.state !== 'ready') continue;
      if (spare > 0 && member.load === 0 && member.idleSince <= idleSince && member.open === 0) {
        spare--;
        roster.retire(member, 'idle');
      } else if (isDue(member, recycle)) {
        roster.retire(member, 'recycled');
      } else if (memory && !asked.has(member)) {
        asked.add(member);
        void weigh(member);
      }
    }
  };
  const weigh = async (member: Member): Promise<void> => {
    try {
      if (isTooLarge(await askMemory((call) => member.send(call)), recycle))
        roster.retire(member, 'recycled');
    } catch (error) {
      // One that has ended, or is about to, weighs nothing.
      if (endingOf(error) === undefined && member.state === 'ready' && !member.isClosing) onError(error);
    } finally {
      asked.delete(member);
    }
  };
  const timer = setInterval(look, Math.max(shortestMs, Math.min(longestMs, soonest)));
  (timer as { unref?(): void }).unref?.();
  return () => clearInterval(timer);
}
