import { RpcError } from '../errors/rpc-error.ts';
import { Code, Form, type Message } from '../protocol/protocol.ts';
import type { Arrived } from '../values/values.ts';
import type { Attachment } from '../shared/attachments.ts';

// Where in a message its value is; how it is written and how many attachments it has comes right behind.
// Indexed by code; 0 for messages without a value.
const valueAt: readonly number[] = Object.assign(new Array<number>(Code.drop + 1).fill(0), {
  [Code.call]: 3,
  [Code.result]: 2,
  [Code.failure]: 2,
  [Code.cancel]: 2,
  [Code.abort]: 2,
  [Code.bye]: 3,
  [Code.new]: 3,
  [Code.set]: 3,
  [Code.item]: 2,
  [Code.end]: 2,
  [Code.fail]: 2,
  [Code.stop]: 3,
  [Code.next]: 2,
  [Code.portMessage]: 2,
});

/** How many of the batch's attachments a message takes. */
export function attachmentCount(message: Message): number {
  if (message[0] === Code.part) return 1;
  const at = valueAt[message[0]] ?? 0;
  if (at === 0 || message.length <= at + 2) return 0;
  const count = message[at + 2];
  if (!Number.isSafeInteger(count) || (count as number) < 0) {
    throw new RpcError(
      'PROTOCOL_ERROR',
      `the other side sent a message with ${JSON.stringify(count)} attachments`,
    );
  }
  return count as number;
}

/** The value of a message; `undefined` where it has none. */
export function arrivedValue(message: Message, attachments: readonly Attachment[]): Arrived | undefined {
  const at = valueAt[message[0]] ?? 0;
  if (at === 0 || message.length <= at) return undefined;
  const form = message[at + 1] ?? Form.plain;
  return { json: message[at], form: typeof form === 'number' ? form : -1, attachments };
}

/** The rest of a message behind its first fields: a value, and how it is written where that is not plain. */
export function valueFields(encoded: {
  text: string;
  form: number;
  attachments: readonly Attachment[];
}): string {
  if (encoded.attachments.length > 0) return `${encoded.text},${encoded.form},${encoded.attachments.length}`;
  return encoded.form === Form.plain ? encoded.text : `${encoded.text},${encoded.form}`;
}
