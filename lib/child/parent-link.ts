import type { Session } from '../connect/session.ts';
import type { Middleware } from '../middleware/middleware.ts';

/**
 * How `expose` in a launched module finds the session that the bootstrap has opened. The two may come from different
 * copies of the package, so the link hangs on the global object under a registered symbol.
 */
export interface ParentLink {
  /**
   * Offers an object instead of the module's exports, or nothing new, and gives the session to the parent.
   *
   * @param around - What goes around the calls of the object or, without one, of what is offered already. With an
   * object its absence means nothing; without one, what was there before.
   * @param middleware - Around the calls made through the session that is returned.
   */
  expose(
    api: object | undefined,
    around: ExposedAround | undefined,
    middleware: readonly Middleware[],
  ): Session<unknown>;
}

/** What goes around the calls of what is exposed. */
export interface ExposedAround {
  readonly middleware: readonly Middleware[];
  /** Throws where it does not fit what is exposed. */
  readonly verify: (exposed: object) => void;
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
