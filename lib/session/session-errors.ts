import { RpcError } from '../errors/rpc-error.ts';
import type { Ending } from './call-failure.ts';

/** The error of one-way and pipelined calls that were made before the other side had said what it takes. */
export function tooLargeToSend(calls: number, bytes: number): RpcError {
  return new RpcError(
    'TOO_LARGE',
    `${calls} one-way or pipelined call${calls === 1 ? ' was' : 's were'} not sent: the other side takes messages of at ` +
      `most ${bytes} bytes. Send their arguments in parts, or raise limits.messageBytes on both sides`,
    { delivery: 'not-sent' },
  );
}

/** The same of those whose arguments are nested too deeply for the other side, or hold too much. */
export function tooMuchToSend(calls: number): RpcError {
  return new RpcError(
    'NOT_SERIALIZABLE',
    `${calls} one-way or pipelined call${calls === 1 ? ' was' : 's were'} not sent: their arguments are nested more ` +
      'deeply, or hold more values, than the other side takes. Send less at a time, or raise limits.depth and ' +
      'limits.elements there',
    { delivery: 'not-sent' },
  );
}

/** The error of a stream or a port that the end of its session has met. */
export function endedEarly(what: string, { code, happened, exit, cause }: Ending): RpcError {
  return new RpcError(code, `the ${what} ended early: ${happened}`, {
    exit,
    ...(cause !== undefined && { cause }),
  });
}
