import { RpcError } from '../errors/rpc-error.ts';

/**
 * A whole number from 0 on, out of a message.
 *
 * @throws RpcError `PROTOCOL_ERROR` where it is none
 */
export function whole(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new RpcError('PROTOCOL_ERROR', `the other side gave ${JSON.stringify(value)} as a number`);
}
