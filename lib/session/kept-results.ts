import { RpcError } from '../errors/rpc-error.ts';

/** The result of a call that stays at this side, for further calls of the other to use. */
export class Kept {
  state: 'running' | 'returned' | 'failed' = 'running';
  /** What was returned or thrown. */
  value: unknown;
  /** Whether it failed before the function ran: Portcall's own answer, and not the function's. */
  refused = false;
  /** Whether anybody has been told of it: a failure that nobody hears of would be lost. */
  used = false;
  #waiting: (() => void)[] | undefined;

  settle(state: 'returned' | 'failed', value: unknown): void {
    this.state = state;
    this.value = value;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    // Not from here: a long chain of calls that use each other's results would be as deep a stack.
    for (const go of waiting) queueMicrotask(go);
  }

  /** Calls back once it is settled; it is still running. */
  whenSettled(go: () => void): void {
    (this.#waiting ??= []).push(go);
  }
}

/** Thrown where the result of a call is needed that has failed: what depends on it fails in the same way. */
export class KeptFailure {
  readonly error: unknown;
  readonly refused: boolean;

  constructor({ value, refused }: Kept) {
    this.error = value;
    this.refused = refused;
  }
}

/** The results that stay at this side, by the number of the call they come from. */
export class KeptResults {
  readonly #kept = new Map<number, Kept>();
  readonly #most: number;
  readonly #onError: (error: unknown) => void;
  readonly #discard: (value: unknown) => void;
  #lastId = 0;

  /**
   * @param most - How many may be kept.
   * @param onError - Told of a failure that nobody has asked for when it is let go of.
   * @param discard - Closes what is in a result that nobody has asked for.
   */
  constructor(most: number, onError: (error: unknown) => void, discard: (value: unknown) => void) {
    this.#most = most;
    this.#onError = onError;
    this.#discard = discard;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Room for the result of a call; `undefined` where there is none left. */
  keep(id: number): Kept | undefined {
    if (this.#kept.size >= this.#most) return undefined;
    const kept = new Kept();
    this.#lastId = id;
    this.#kept.set(id, kept);
    return kept;
  }

  /**
   * The result that a number from the wire stands for.
   *
   * @throws RpcError `REFERENCE_RELEASED` where it is there no longer, `PROTOCOL_ERROR` where it never was
   */
  find(id: number): Kept {
    const kept = this.#kept.get(id);
    if (kept === undefined)
      throw new RpcError(
        id > this.#lastId ? 'PROTOCOL_ERROR' : 'REFERENCE_RELEASED',
        `the result of call ${id} is not kept at the other side`,
        {
          delivery: 'not-sent',
        },
      );
    return kept;
  }

  release(id: number): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    this.#kept.delete(id);
    this.#letGo(kept);
  }

  clear(): void {
    for (const kept of this.#kept.values()) this.#letGo(kept);
    this.#kept.clear();
  }

  #letGo(kept: Kept): void {
    if (kept.used) return;
    if (kept.state === 'running') kept.whenSettled(() => this.#letGo(kept));
    else if (kept.state === 'failed') this.#onError(kept.value);
    else this.#discard(kept.value);
  }
}
