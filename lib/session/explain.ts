import { RpcError } from '../errors/rpc-error.ts';
import type { Ending } from './call-failure.ts';

/** Why a session ended of which nothing is known but its channel. */
export function explainByChannel(error: Error | undefined, theirs: Ending | undefined): Ending {
  if (theirs !== undefined) return theirs;
  if (error === undefined) return { code: 'CHANNEL_CLOSED', happened: 'the session was closed' };
  return {
    code: error instanceof RpcError ? error.code : 'CHANNEL_CLOSED',
    happened: error.message,
    ...(error.cause !== undefined && { cause: error.cause }),
  };
}
