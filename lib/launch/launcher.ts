import type { Readable } from 'node:stream';

import type { Channel } from '../channel/channel.ts';
import type { SessionValues } from '../connect/session-values.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Carries } from '../shared/attachments.ts';
import type { BlockingLife } from './blocking-life.ts';
import type { Life } from './life.ts';

/** A process or thread that has been started, with the channel to it. */
export interface Launched {
  readonly life: Life;
  readonly channel: Channel;
  /** For threads: how this one can wait for it while it is blocked. */
  readonly blocking?: BlockingLife | undefined;
}

/** Starts the same process or thread as often as it is asked to. Whoever makes one has checked the options. */
export interface Launcher {
  /** What it runs, for error messages: a URL or a command. */
  readonly what: string;
  readonly limits: Limits;
  /** How values are written to what it starts, and from when on. */
  readonly values: SessionValues;
  /** What the channels to all that are started carry beside text and bytes. */
  readonly carries?: Carries;
  /** What the user reads, for `'pipe'`; the same stream for all that are started. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /**
   * Starts one.
   *
   * @throws RpcError `INVALID_OPTION` for what only Node itself can tell
   */
  readonly launch: () => Launched;
  /**
   * Watches what it loads, where that is a module.
   *
   * @param changed - Called when that has changed.
   * @returns Stops watching.
   */
  readonly watch?: (changed: () => void, onError: (error: unknown) => void) => () => void;
  /** Nothing is started any more: ends the streams the user reads. */
  readonly end: () => void;
}
