import { RpcError } from '../errors/rpc-error.ts';
import type { Message } from '../protocol/protocol.ts';
import { readBatch } from '../protocol/read-batch.ts';
import { noAttachments } from '../shared/attachments.ts';
import { attachmentCount } from './arrived.ts';

/** A batch that is read message by message. */
export class Reading {
  readonly #messages: readonly Message[];
  readonly #attachments: readonly Uint8Array[];
  #place = 0;
  #taken = 0;

  /** @throws RpcError `PROTOCOL_ERROR` where the text is no batch */
  constructor(text: string, attachments: readonly Uint8Array[]) {
    this.#messages = readBatch(text);
    this.#attachments = attachments;
  }

  /** The next message; `undefined` after the last. */
  next(): Message | undefined {
    return this.#messages[this.#place++];
  }

  /**
   * What goes with the message that was read last. Asked for once.
   *
   * @throws RpcError `PROTOCOL_ERROR` where it is not there
   */
  attachmentsOf(message: Message): readonly Uint8Array[] {
    const count = attachmentCount(message);
    if (count === 0) return noAttachments;
    const own = this.#attachments.slice(this.#taken, (this.#taken += count));
    if (own.length < count)
      throw new RpcError('PROTOCOL_ERROR', 'the other side sent fewer attachments than it announced');
    return own;
  }
}
