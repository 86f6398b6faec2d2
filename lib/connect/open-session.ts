import { nanoid } from 'nanoid';

import type { Channel } from '../channel/channel.ts';
import type { Middleware } from '../middleware/middleware.ts';
import type { Limits } from '../protocol/limits.ts';
import { ReferenceKind } from '../protocol/protocol.ts';
import { makeReference } from '../remote/remote.ts';
import { explainByChannel } from '../session/explain.ts';
import { Session } from '../session/session.ts';
import type { SessionSettings } from '../session/session-options.ts';
import { nodeHandles } from './node-handles.ts';
import { nodePorts } from './node-ports.ts';
import { guardMiddleware } from './guard.ts';
import { nodeStreams } from './node-streams.ts';
import type { ConnectOptions } from './session.ts';
import type { SessionValues } from './session-values.ts';

/** A session over a channel that is there already, both ends of which say hello at once. */
export function openSession(
  channel: Channel,
  limits: Limits,
  options: ConnectOptions,
  values: SessionValues,
  hold: 'always' | 'while-awaited',
): Session {
  return new Session(channel, {
    ...sessionSettings(nanoid(), limits, options, guardMiddleware(options), values),
    helloNow: true,
    handshakeMs: limits.handshakeMs,
    hold,
    explain: explainByChannel,
  });
}

/**
 * The settings that come from the options every kind of session has.
 *
 * @param name - Unguessable. Given apart, since to make one takes a module that a child would have to load.
 * @param served - Around the calls it takes. Given apart, so that a child's bootstrap, whose options are told later,
 * carries nothing that makes it.
 */
export function sessionSettings(
  name: string,
  limits: Limits,
  options: Pick<ConnectOptions, 'expose' | 'middleware' | 'onError'>,
  served: readonly Middleware[],
  values: SessionValues,
): Omit<SessionSettings, 'helloNow' | 'handshakeMs' | 'hold' | 'explain'> {
  return {
    name,
    limits,
    ...values,
    platformStreams: nodeStreams,
    platformPorts: nodePorts,
    platformHandles: nodeHandles,
    dress: (origin, reference) => makeReference(origin, reference, reference.kind === ReferenceKind.function),
    exposed: options.expose === undefined ? undefined : { api: options.expose, what: 'the exposed object' },
    middleware: options.middleware ?? [],
    servedMiddleware: served,
    onError: options.onError ?? showError,
  };
}

/** An error that nobody asked about: shown, and not fatal. */
export function showError(error: unknown): void {
  process.emitWarning(
    error instanceof Error ? error : new Error(`an error outside any call: ${String(error)}`),
  );
}
