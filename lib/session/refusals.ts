import type { Call } from '../call/call.ts';
import type { Delivery, RpcErrorCode } from '../errors/errors.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { Code, type Message } from '../protocol/protocol.ts';
import { callName } from '../call/call-name.ts';

// What the other side may say of its own. A code that is not in here is not taken from the wire.
const codes: ReadonlySet<string> = new Set<RpcErrorCode>([
  'METHOD_NOT_FOUND',
  'NOT_SERIALIZABLE',
  'INVALID_ARGUMENT',
  'OVERLOADED',
  'TOO_LARGE',
  'REFERENCE_RELEASED',
  'NOT_ALLOWED',
  'PROTOCOL_ERROR',
  'CHANNEL_CLOSED',
]);

/** The message by which one side tells the other that it could not do a call. */
export function refusalText(id: number, error: RpcError): string {
  const fields: unknown[] = [Code.refusal, id, error.code, error.message];
  if (error.delivery !== undefined) fields.push(error.delivery);
  return JSON.stringify(fields);
}

/** The error that a refusal stands for. */
export function refusal(call: Call, [, , code, message, delivery]: Message): RpcError {
  const known = typeof code === 'string' && codes.has(code) ? (code as RpcErrorCode) : 'PROTOCOL_ERROR';
  return new RpcError(
    known,
    `${callName(call)}: ${typeof message === 'string' ? message : 'refused by the other side'}`,
    {
      delivery: delivery === 'not-sent' ? ('not-sent' satisfies Delivery) : 'unknown',
    },
  );
}
