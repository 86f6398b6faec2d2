import type { Channel, Receiver } from 'portcall';

type Batch = readonly [text: string, attachments: readonly Uint8Array[]];

// Repeated by a fault: a call, and what answers or cancels one. Channels keep everything else in order and single.
const repeatable: ReadonlySet<unknown> = new Set([1, 3, 4, 5, 6]);

/** An end of a channel on which nothing moves before somebody says so. */
export class ControlledEnd implements Channel {
  peer!: ControlledEnd;
  closed = false;
  readonly #inbox: Batch[] = [];
  #last: Batch | undefined;
  #receiver: Receiver | undefined;
  #closing: (() => void)[] = [];
  #ending = false;
  #wantsDrained = false;

  open(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  send(text: string, attachments: readonly Uint8Array[] = []): boolean {
    if (this.closed || this.peer.closed) return true;
    this.peer.#inbox.push([text, attachments]);
    this.#wantsDrained = this.peer.#inbox.length > 2;
    return !this.#wantsDrained;
  }

  close(): Promise<void> {
    this.#ending = true;
    return new Promise((resolve) => {
      if (this.closed) resolve();
      else this.#closing.push(resolve);
    });
  }

  destroy(reason?: Error): void {
    this.#end(reason);
    this.peer.#end();
  }

  /** Whether there is anything to {@link deliver}, or an end to come. */
  get busy(): boolean {
    return !this.closed && (this.#inbox.length > 0 || this.peer.#ending);
  }

  /** One batch arrives here; or the end, where the other side has said everything. */
  deliver(): void {
    if (this.closed) return;
    const batch = this.#inbox.shift();
    if (batch !== undefined) {
      this.#last = batch;
      this.#receiver?.received(...batch);
      if (this.peer.#wantsDrained && this.#inbox.length === 0) {
        this.peer.#wantsDrained = false;
        this.peer.#receiver?.drained();
      }
    } else if (this.peer.#ending) {
      // What this side has still to say is read first.
      while (this.peer.#inbox.length > 0) this.peer.deliver();
      this.#end();
      this.peer.#end();
    }
  }

  /** The calls and replies of the last batch arrive a second time. */
  repeat(): void {
    if (this.closed || this.#last === undefined) return;
    const messages = (JSON.parse(this.#last[0]) as unknown[][]).filter(([code]) => repeatable.has(code));
    // Those with bytes would need them again.
    if (messages.length > 0 && this.#last[1].length === 0)
      this.#receiver?.received(JSON.stringify(messages), []);
  }

  #end(reason?: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.#inbox.length = 0;
    setImmediate(() => {
      this.#receiver?.closed(reason);
      for (const resolve of this.#closing.splice(0)) resolve();
    });
  }
}

/** Two ends of a channel that is moved by hand. */
export function controlledChannels(): [ControlledEnd, ControlledEnd] {
  const a = new ControlledEnd();
  const b = new ControlledEnd();
  a.peer = b;
  b.peer = a;
  return [a, b];
}
