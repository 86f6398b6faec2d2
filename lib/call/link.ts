import type { CallOptions, Handler, Target } from './call.ts';

/**
 * What stands behind a remote: where its calls go and what they are made on.
 *
 * Bootstrap and module may have loaded different copies of the package, so a remote tells its link under a registered
 * symbol, and no copy keeps a list of its own.
 */
export interface Link {
  /** The session the remote belongs to; compared, never looked into. */
  readonly owner: object;
  /** Makes the calls. */
  readonly handler: Handler;
  /** What the remote stands for at the other side. */
  readonly target: Target;
  /** Of the calls made through it. */
  readonly options: CallOptions;
  /** The same with other options. */
  with(options: CallOptions): object;
  /** Lets go of what it stands for, where that was received. */
  release(): void;
}

/** The property of a remote that holds its link. */
export const linkKey: unique symbol = Symbol.for('portcall.link') as never;

/** The link of a remote; `undefined` for everything else. Never throws. */
export function linkOf(value: unknown): Link | undefined {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  try {
    return (value as { readonly [linkKey]?: Link })[linkKey];
  } catch {
    // A Proxy of the user's that was revoked or throws: no remote of ours.
    return undefined;
  }
}
