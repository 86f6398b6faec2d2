import { checkOptions } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { limitsFrom } from '../protocol/limits.ts';
import { connectChecks } from './connect-options.ts';
import { dressed } from './dressed.ts';
import type { Endpoint } from './endpoint.ts';
import { verifyGuard } from './guard.ts';
import { openChannel } from './open-channel.ts';
import { openSession } from './open-session.ts';
import { protocolSettings } from './protocol-settings.ts';
import type { ConnectOptions, Session } from './session.ts';
import { sessionValues } from './session-values.ts';

/**
 * Joins this program to another over something that is there already: a worker, a port, a child process with IPC, a
 * pair of streams, or a channel of one's own. Both ends call it, or one of them `expose`.
 *
 * @param endpoint - What leads to the other side; see {@link Endpoint}. It is the session's from here on.
 * @param options - What this side exposes, its limits and middleware.
 * @throws RpcError `INVALID_OPTION`. Everything else that goes wrong rejects `ready` and the calls: with
 * `CHANNEL_CLOSED` where the other side is gone, with `PROTOCOL_ERROR` where it does not say hello in time
 * (`limits.handshakeMs`) or speaks something else.
 *
 * @example
 * ```ts
 * import { MessageChannel } from 'node:worker_threads';
 * import { connect } from 'portcall';
 *
 * const { port1, port2 } = new MessageChannel();
 * connect(port2, { expose: { add: (a: number, b: number) => a + b } });
 * const session = connect<{ add(a: number, b: number): number }>(port1);
 * console.log(await session.remote.add(2, 3)); // 5
 * await session.close();
 * ```
 */
export function connect<Module>(endpoint: Endpoint, options: ConnectOptions = {}): Session<Module> {
  checkOptions<ConnectOptions>('connect()', options, connectChecks);
  if (typeof endpoint !== 'object' || endpoint === null) {
    throw invalidOption('connect(): endpoint', endpoint, 'something that leads to another process or thread');
  }
  verifyGuard('connect()', options, options.expose);
  const limits = limitsFrom('connect()', options.limits);
  if (options.protocol !== undefined) {
    const settings = protocolSettings('connect()', limits, options);
    return dressed<Module>(options.protocol.open(endpoint, settings));
  }
  const values = sessionValues('connect()', limits, options);
  const channel = openChannel('connect()', endpoint, limits.messageBytes);
  return dressed<Module>(
    openSession(channel, limits, options, values, options.expose === undefined ? 'while-awaited' : 'always'),
  );
}
