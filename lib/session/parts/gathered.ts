import { RpcError } from '../../errors/rpc-error.ts';
import { unfilledBytes } from '../../shared/unfilled-bytes.ts';

/** Bytes that come piece by piece. Memory is taken once the first of them is there, and seen by nobody before the last is. */
export class Gathered {
  readonly #size: number;
  #bytes: Uint8Array | undefined;
  #filled = 0;

  /** @param size - How many will come. */
  constructor(size: number) {
    this.#size = size;
  }

  get done(): boolean {
    return this.#filled === this.#size;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= unfilledBytes(this.#size));
  }

  /** Where the next bytes are to lie; `undefined` where they are more than were to come. */
  room(bytes: number): Uint8Array | undefined {
    const end = this.#filled + bytes;
    return end > this.#size ? undefined : this.bytes.subarray(this.#filled, end);
  }

  /**
   * @param piece - The receiver's own.
   * @throws RpcError `PROTOCOL_ERROR` where it is more than was to come
   */
  add(piece: Uint8Array): void {
    if (this.#filled + piece.byteLength > this.#size)
      throw new RpcError('PROTOCOL_ERROR', 'the other side sent more of a message than it announced');
    if (!this.#holds(piece)) {
      if (piece.byteLength === this.#size) this.#bytes = piece;
      else this.bytes.set(piece, this.#filled);
    }
    this.#filled += piece.byteLength;
  }

  /** Whether a piece lies where it belongs. */
  #holds({ buffer, byteOffset }: Uint8Array): boolean {
    return buffer === this.#bytes?.buffer && byteOffset === this.#bytes.byteOffset + this.#filled;
  }
}
