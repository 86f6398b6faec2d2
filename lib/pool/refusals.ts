import type { Call } from '../call/call.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { callName } from '../call/call-name.ts';

/** The error of a call that a pool takes no more. */
export function closedError(call: Call, happened: string): RpcError {
  return new RpcError('CHANNEL_CLOSED', `${callName(call)} was not sent: ${happened}. It did not run`, {
    delivery: 'not-sent',
  });
}

/** The error of a call that no member could be started for. */
export function startError(call: Call, cause: RpcError): RpcError {
  return failure(call, cause, 'no member of the pool could be started');
}

/** The error of a call of a pool that has given up. */
export function failedError(call: Call, cause: RpcError): RpcError {
  return failure(
    call,
    cause,
    'the pool has given up, since too many of its members died before they had finished a call (restart.intensity)',
  );
}

function failure(call: Call, cause: RpcError, happened: string): RpcError {
  return new RpcError(cause.code, `${callName(call)} was not sent: ${happened}. The last: ${cause.message}`, {
    delivery: 'not-sent',
    exit: cause.exit,
    // The child's own error, where there is one.
    cause: cause.cause ?? cause,
  });
}
