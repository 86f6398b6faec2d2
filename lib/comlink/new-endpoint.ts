import type { MessagePort } from 'node:worker_threads';

import { invalidOption } from '../errors/invalid-option.ts';
import { linkOf } from './remote.ts';

/**
 * Another port to an object at the other side, to hand to somebody else who speaks Comlink: what `createEndpoint` does
 * in Comlink.
 *
 * @param remote - The remote of a session with the protocol `comlink`, or one that was received over it.
 * @returns A port that whoever it is sent to gives to Comlink's `wrap`, or to `connect`.
 * @throws RpcError `INVALID_OPTION` where it is no such remote
 *
 * @example
 * ```ts
 * import { Worker } from 'node:worker_threads';
 * import { connect } from 'portcall';
 * import { comlink, newEndpoint } from 'portcall/comlink';
 *
 * const session = connect(new Worker('./stock.js'), { protocol: comlink });
 * const port = await newEndpoint(session.remote);
 * new Worker('./other.js', { workerData: { port }, transferList: [port] });
 * ```
 */
export async function newEndpoint(remote: object): Promise<MessagePort> {
  const link = linkOf(remote);
  if (link === undefined) {
    throw invalidOption('newEndpoint(): remote', remote, 'a remote of a session whose protocol is comlink');
  }
  return (await link.endpoint()) as MessagePort;
}
