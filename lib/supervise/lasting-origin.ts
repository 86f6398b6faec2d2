import type { Origin } from '../call/origin.ts';
import { lastingCall, type Lives } from './lasting-call.ts';

/**
 * Where the calls of a child's remote go that lives more than once: each to the life that is there. What a call leaves
 * there, such as an instance, belongs to that life and ends with it.
 */
export function lastingOrigin(lives: Lives): Origin {
  const present = (): Origin => lives.life().origin;
  return {
    get owner() {
      return present().owner;
    },
    handler: lastingCall(lives),
    iterating: (call) => present().iterating?.(call),
    pinned: present,
    release: (reference) => present().release(reference),
    delivered: () => present().delivered(),
  };
}
