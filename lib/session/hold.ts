import type { Channel } from '../channel/channel.ts';

/** What keeps the process alive, or lets it end. */
export type Held = Pick<Channel, 'ref' | 'unref'>;

/** A reason for which a session keeps the process alive. */
export type HoldReason = 'ready' | 'calls' | 'streams' | 'close';

/** Keeps the process alive while something is awaited from the other side, and only then. */
export class Hold {
  readonly #channel: Held;
  readonly #always: boolean;
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

  constructor(channel: Held, hold: 'always' | 'while-awaited') {
    this.#channel = channel;
    this.#always = hold === 'always';
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
    const held = this.#override ?? (this.#always || ready || calls || streams || close);
    if (held === this.#held || this.#ended) return;
    this.#held = held;
    if (held) this.#channel.ref?.();
    else this.#channel.unref?.();
  }
}
