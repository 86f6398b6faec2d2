import type { Call, Handler, TargetBase } from './call.ts';

/** Where the calls of a remote go: a session, or something that stands before one. */
export interface Origin {
  /** What remotes of the same origin have in common: sent back there they are what they stand for. */
  readonly owner: object;
  /** Makes the calls. */
  readonly handler: Handler;
  /** The result of a call that was just made is about to be iterated. */
  readonly iterating?: ((call: Call) => void) | undefined;
  /**
   * Where calls on the result of a call go, which is about to be made and whose result stays at the other side; absent
   * where that is this origin itself.
   */
  readonly pinned?: (() => Origin) | undefined;
  /** Lets go of a reference. */
  release(reference: TargetBase): void;
  /** Fulfils once the other side has read what was sent so far, or is gone. */
  delivered(): Promise<void>;
}
