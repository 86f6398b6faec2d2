import type { Metadata } from '../call/call.ts';
import type { CallContext } from '../call/context.ts';
import type { Extras } from '../protocol/protocol.ts';
import { timerMs } from '../shared/timer-ms.ts';

const noMetadata: Metadata = Object.freeze({});

/** The context in which the function of one call runs. What takes effort is made when it is asked for. */
export class ServedContext implements CallContext {
  readonly metadata: Metadata;
  #deadline: number | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #cancels: boolean;
  #over = false;

  /**
   * @param extras - As they came with the call, just now.
   * @param cancels - Whether the caller says so when it gives up; a call without a reply is left to itself.
   */
  constructor(extras: Extras | undefined, cancels: boolean) {
    this.#cancels = cancels;
    const { metadata, timeoutMs } = extras ?? {};
    // From the wire, where nobody has looked at it yet.
    this.metadata = typeof metadata === 'object' && metadata !== null ? metadata : noMetadata;
    if (typeof timeoutMs === 'number') this.#deadline = performance.now() + timeoutMs;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
      else this.#watchDeadline();
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#stopWatching();
    this.#aborted ??= { reason };
    this.#controller?.abort(reason);
  }

  /** The call has been answered; with streams that go on, no deadline holds any more. */
  answered(streaming: boolean): void {
    this.#over = true;
    this.#stopWatching();
    if (streaming) this.#deadline = undefined;
  }

  // Where the caller gives up by itself, a timer of this side's could only be early, and have the function fail before
  // the caller tells its own user that time is up.
  #watchDeadline(): void {
    if (this.#deadline === undefined || this.#over || this.#cancels) return;
    const leftMs = Math.max(0, this.#deadline - performance.now());
    this.#timer = setTimeout(() => {
      if (this.#deadline! > performance.now()) this.#watchDeadline();
      else this.abort(new DOMException('the deadline of the call has passed', 'TimeoutError'));
    }, timerMs(leftMs));
    (this.#timer as { unref?(): void }).unref?.();
  }

  #stopWatching(): void {
    clearTimeout(this.#timer);
  }
}
