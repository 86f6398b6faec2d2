import { RpcError } from '../errors/rpc-error.ts';
import type { Message } from './protocol.ts';
import { checkBatchShape, type TextLimits } from './text-size.ts';

/**
 * The messages in a batch's text.
 *
 * @param bounds - Of one message; looked at before the text is parsed.
 * @throws RpcError `PROTOCOL_ERROR` when it is not a JSON array of arrays that start with a number, or passes the bounds
 */
export function readBatch(text: string, bounds: TextLimits): readonly Message[] {
  checkBatchShape(text, bounds);
  let batch: unknown;
  try {
    batch = JSON.parse(text);
  } catch (cause) {
    throw new RpcError('PROTOCOL_ERROR', `the other side sent a batch that is not JSON: ${excerpt(text)}`, {
      cause,
    });
  }
  if (!Array.isArray(batch) || !batch.every(isMessage)) {
    throw new RpcError(
      'PROTOCOL_ERROR',
      `the other side sent a batch that holds no messages: ${excerpt(text)}`,
    );
  }
  return batch;
}

function isMessage(message: unknown): message is Message {
  return Array.isArray(message) && typeof message[0] === 'number';
}

/** The beginning of what came, so that the sender of it can be found. */
function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
