import { RpcError } from '../errors/rpc-error.ts';
import { timerMs } from '../shared/timer-ms.ts';

/** Sees that a frame which has begun to arrive also ends. One timer at most, and none while frames come whole. */
export class FrameTimer {
  readonly #ms: number;
  readonly #late: (error: RpcError) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  // When the frame began that is under way.
  #since: number | undefined;

  /**
   * @param ms - How long a frame may take.
   * @param late - Told that one has taken longer.
   */
  constructor(ms: number, late: (error: RpcError) => void) {
    this.#ms = ms;
    this.#late = late;
  }

  /**
   * Bytes have been read.
   *
   * @param midFrame - Whether a frame is under way now.
   * @param ended - Whether one has ended in between, so that it is another than before.
   */
  read(midFrame: boolean, ended: boolean): void {
    if (!midFrame) {
      this.#since = undefined;
      return;
    }
    if (this.#ms === Infinity || (this.#since !== undefined && !ended)) return;
    this.#since = performance.now();
    if (this.#timer === undefined) this.#arm(this.#ms);
  }

  /** Nothing more is read. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#since = undefined;
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => {
      // What has arrived while this process was busy is read first.
      setImmediate(() => this.#look());
    }, timerMs(ms));
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#since === undefined) return;
    const left = this.#since + this.#ms - performance.now();
    if (left > 0) return this.#arm(left);
    this.#late(
      new RpcError(
        'PROTOCOL_ERROR',
        `the other side has not finished a message that it began ${this.#ms} ms ago (limits.frameMs)`,
      ),
    );
  }
}
