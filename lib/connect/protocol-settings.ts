import { nanoid } from 'nanoid';

import { RpcError } from '../errors/rpc-error.ts';
import type { Limits } from '../protocol/limits.ts';
import { showError } from './open-session.ts';
import type { ProtocolSettings } from './protocol.ts';
import type { ConnectOptions } from './session.ts';

/**
 * What a protocol is told of a session, from the options of the user.
 *
 * @throws RpcError `INVALID_OPTION` where they say how values are written, which the protocol does itself
 */
export function protocolSettings(where: string, limits: Limits, options: ConnectOptions): ProtocolSettings {
  for (const name of ['types', 'codec'] as const) {
    if (options[name] !== undefined)
      throw new RpcError(
        'INVALID_OPTION',
        `${where}: ${name} is for sessions of Portcall's own; a protocol has its own way to write values`,
      );
  }
  return {
    where,
    name: nanoid(),
    exposed: options.expose,
    limits,
    middleware: options.middleware ?? [],
    servedMiddleware: options.servedMiddleware ?? [],
    onError: options.onError ?? showError,
  };
}
