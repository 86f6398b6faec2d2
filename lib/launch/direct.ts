import type { Handler } from '../call/call.ts';
import type { Child } from './child.ts';

/** What a child is made of, for those who build on children within this package. */
export interface Direct {
  /** Makes calls, without a remote around it. */
  readonly handler: Handler;
  /** Fulfils when its channel has ended, which is before its exit is known. */
  readonly gone: Promise<void>;
  /** Fulfils once the child's event loop has answered; never, where the child ends first. */
  ping(): Promise<void>;
}

// Symbols are no names: this one cannot be reached by what a module exports.
const direct: unique symbol = Symbol('portcall.direct');

/** Notes what a child is made of. */
export function withDirect<C extends object>(child: C, made: Direct): C {
  return Object.defineProperty(child, direct, { value: made });
}

/** What a child is made of. */
export function directOf(child: Child<unknown>): Direct {
  return (child as unknown as { readonly [direct]: Direct })[direct];
}
