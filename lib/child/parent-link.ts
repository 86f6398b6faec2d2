import type { Session } from '../connect/session.ts';

/**
 * How `expose` in a launched module finds the session that the bootstrap has opened. The two may come from different
 * copies of the package, so the link hangs on the global object under a registered symbol.
 */
export interface ParentLink {
  /** Offers an object instead of the module's exports, or nothing new, and gives the session to the parent. */
  expose(api: object | undefined): Session<unknown>;
}

const key: unique symbol = Symbol.for('portcall.parent') as never;

interface LinkedGlobal {
  [key]?: ParentLink;
}

/** Leaves the link for the module that is about to be loaded. */
export function leaveParentLink(link: ParentLink): void {
  Object.defineProperty(globalThis, key, { value: link, configurable: true });
}

/** The link the bootstrap has left in this thread, if it was launched by Portcall. */
export function findParentLink(): ParentLink | undefined {
  return (globalThis as LinkedGlobal)[key];
}
