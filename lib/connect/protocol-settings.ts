import { nanoid } from 'nanoid';

import type { Limits } from '../protocol/limits.ts';
import { showError } from './open-session.ts';
import type { ProtocolSettings } from './protocol.ts';
import type { ConnectOptions } from './session.ts';

/** What a protocol is told of a session, from the options of the user. */
export function protocolSettings(where: string, limits: Limits, options: ConnectOptions): ProtocolSettings {
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
