import type { Channel } from '../channel/channel.ts';

/** What keeps the process alive, or lets it end. */
export type Held = Pick<Channel, 'ref' | 'unref'>;

/** A reason for which a session keeps the process alive. */
export type HoldReason = 'ready' | 'calls' | 'streams' | 'close';

/**
 * When the channel keeps the process alive by itself: always (a side that serves), while something is awaited from it,
 * or only for calls and `close`, where nobody waits for it to be ready.
 */
export type HoldRule = 'always' | 'while-awaited' | 'while-called';

/** Keeps the process alive while something is awaited from the other side, and only then. */
export class Hold {
  readonly #channel: Held;
  readonly #rule: HoldRule;
  readonly #reasons: Record<HoldReason, boolean> = {
    ready: false,
    calls: false,
    streams: false,
    close: false,
  };
  #override: boolean | undefined;
  // Channels start referenced.
  #held = true;
  #ended = false;

  constructor(channel: Held, rule: HoldRule) {
    this.#channel = channel;
    this.#rule = rule;
    this.#apply();
  }

  set(reason: HoldReason, on: boolean): void {
    this.#reasons[reason] = on;
    this.#apply();
  }

  override(held: boolean | undefined): void {
    this.#override = held;
    this.#apply();
  }

  /** The channel is gone. */
  end(): void {
    this.#ended = true;
  }

  #apply(): void {
    const { ready, calls, streams, close } = this.#reasons;
    const awaited = calls || streams || close || (ready && this.#rule === 'while-awaited');
    const held = this.#override ?? (this.#rule === 'always' || awaited);
    if (held === this.#held || this.#ended) return;
    this.#held = held;
    if (held) this.#channel.ref?.();
    else this.#channel.unref?.();
  }
}
