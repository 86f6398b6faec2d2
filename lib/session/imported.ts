import type { TargetBase } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { Code } from '../protocol/protocol.ts';
import type { Outbox } from './outbox.ts';

/** Something of the other side's that this one may use. */
export class Reference implements TargetBase {
  readonly id: number;
  readonly kind: number;
  readonly name: string;
  gone: Error | undefined;
  /** The remote that stands for it here, for as long as anything holds the reference. */
  remote: object | undefined;

  constructor(id: number, kind: number, name: string) {
    this.id = id;
    this.kind = kind;
    this.name = name;
  }
}

/** How often one reference was received while it stood for the number: what is given back when it goes. */
interface Receipt {
  readonly id: number;
  readonly reference: WeakRef<Reference>;
  count: number;
}

/**
 * What the other side has handed out to this one. A remote that nobody holds any more is collected, and the other side
 * told.
 */
export class Imported {
  readonly #outbox: Outbox;
  readonly #most: number;
  readonly #receipts = new Map<number, Receipt>();
  readonly #collected: FinalizationRegistry<Receipt>;

  /** @param most - How many the other side may make this one hold. */
  constructor(outbox: Outbox, most: number) {
    this.#outbox = outbox;
    this.#most = most;
    this.#collected = new FinalizationRegistry((receipt) => this.#give(receipt));
  }

  get size(): number {
    return this.#receipts.size;
  }

  /**
   * The remote for a number that has come in a message.
   *
   * @param dress - Makes one where there is none.
   * @throws RpcError `PROTOCOL_ERROR` where this side holds as many as it may
   */
  receive(id: number, kind: number, name: string, dress: (reference: Reference) => object): object {
    const receipt = this.#receipts.get(id);
    const known = receipt?.reference.deref();
    if (receipt !== undefined && known?.remote !== undefined) {
      receipt.count++;
      return known.remote;
    }
    if (this.#receipts.size >= this.#most)
      throw new RpcError(
        'PROTOCOL_ERROR',
        `this side holds ${this.#receipts.size} references of the other already (limits.references)`,
      );
    const reference = new Reference(id, kind, name);
    reference.remote = dress(reference);
    // A receipt whose remote has been collected stays with the registry, which gives it back by itself.
    const fresh: Receipt = { id, reference: new WeakRef(reference), count: 1 };
    this.#receipts.set(id, fresh);
    this.#collected.register(reference, fresh, reference);
    return reference.remote;
  }

  /** Lets go of a reference: no call can be made on it any more. */
  release(reference: Reference): void {
    if (reference.gone !== undefined) return;
    reference.gone = new RpcError('REFERENCE_RELEASED', `${reference.name} was released here`, {
      delivery: 'not-sent',
    });
    const receipt = this.#receipts.get(reference.id);
    if (receipt?.reference.deref() !== reference) return;
    this.#collected.unregister(reference);
    this.#give(receipt);
  }

  /** Gives back a reference that came in a message which nobody reads. */
  refuse(id: number): void {
    this.#outbox.postBehind(`[${Code.release},${id},1]`);
  }

  /** The session is over; its references can only be told so. */
  clear(): void {
    for (const { reference } of this.#receipts.values()) {
      const held = reference.deref();
      if (held !== undefined) this.#collected.unregister(held);
    }
    this.#receipts.clear();
  }

  #give(receipt: Receipt): void {
    if (this.#receipts.get(receipt.id) === receipt) this.#receipts.delete(receipt.id);
    this.#outbox.postBehind(`[${Code.release},${receipt.id},${receipt.count}]`);
  }
}
