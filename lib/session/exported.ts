import { RpcError } from '../errors/rpc-error.ts';

/** A function or object of this side that the other may use. */
export interface ExportedEntry {
  readonly id: number;
  readonly value: object;
  /** The object a function was found in: what it is called on. */
  readonly owner: object | undefined;
  /** How often it was sent and not released again. */
  count: number;
  /** The same function, found in another object. */
  other: ExportedEntry | undefined;
}

/**
 * What this side has handed out by reference, by number. An entry is counted each time it is sent, and is gone once
 * the other side has released as many: a release that crosses a message which sends it again takes nothing away.
 */
export class Exported {
  readonly #byId = new Map<number, ExportedEntry>();
  readonly #byValue = new Map<object, ExportedEntry>();
  readonly #most: number;
  #lastId = 0;

  /** @param most - How many the other side may hold. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#byId.size;
  }

  /**
   * The number of a value that is being sent, counted once more.
   *
   * @throws RpcError `OVERLOADED` where the other side holds as many as it may
   */
  add(value: object, owner: object | undefined): number {
    const first = this.#byValue.get(value);
    let entry = first;
    while (entry !== undefined && entry.owner !== owner) entry = entry.other;
    if (entry === undefined) {
      if (this.#byId.size >= this.#most) {
        throw new RpcError(
          'OVERLOADED',
          `the other side holds ${this.#byId.size} references of this one already (limits.references); ` +
            'release some of them there, or raise the limit',
          { delivery: 'not-sent' },
        );
      }
      entry = { id: ++this.#lastId, value, owner, count: 0, other: first };
      this.#byId.set(entry.id, entry);
      this.#byValue.set(value, entry);
    }
    entry.count++;
    return entry.id;
  }

  get(id: number): ExportedEntry | undefined {
    return this.#byId.get(id);
  }

  /**
   * What a number from the wire stands for.
   *
   * @throws RpcError `REFERENCE_RELEASED` where it is gone, `PROTOCOL_ERROR` where it was never given out
   */
  find(id: number): ExportedEntry {
    const entry = this.#byId.get(id);
    if (entry !== undefined) return entry;
    if (id > this.#lastId)
      throw new RpcError('PROTOCOL_ERROR', `there is no reference ${id} at the other side`, {
        delivery: 'not-sent',
      });
    throw new RpcError('REFERENCE_RELEASED', `reference ${id} was released`, { delivery: 'not-sent' });
  }

  /** It was released, or not sent after all, so many times. */
  release(id: number, count: number): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    entry.count -= count;
    if (entry.count > 0) return;
    this.#byId.delete(id);
    this.#unlink(entry);
  }

  /** The session is over. */
  clear(): void {
    this.#byId.clear();
    this.#byValue.clear();
  }

  #unlink(gone: ExportedEntry): void {
    const first = this.#byValue.get(gone.value);
    if (first === gone) {
      if (gone.other === undefined) this.#byValue.delete(gone.value);
      else this.#byValue.set(gone.value, gone.other);
      return;
    }
    for (let entry = first; entry !== undefined; entry = entry.other)
      if (entry.other === gone) entry.other = gone.other;
  }
}
