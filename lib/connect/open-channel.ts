import type { Readable, Writable } from 'node:stream';
import { MessageChannel, MessagePort, parentPort, Worker } from 'node:worker_threads';

import type { Channel } from '../channel/channel.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import { ByteChannel } from '../transports/byte-channel.ts';
import { HandleChannel } from '../transports/handle-channel.ts';
import { IpcChannel } from '../transports/ipc-channel.ts';
import type { IpcEndpoint } from '../transports/ipc-endpoint.ts';
import { LatePortChannel } from '../transports/late-port-channel.ts';
import { nodeStream } from '../transports/node-stream.ts';
import { PortChannel } from '../transports/port-channel.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Trust } from '../protocol/trust.ts';
import { untrusting } from './untrusting.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * The channel over an endpoint.
 *
 * @param where - The function that was called, for the message of an error.
 * @throws RpcError `INVALID_OPTION` where it is none of the things a session can be made over
 */
export function openChannel(
  where: string,
  endpoint: Endpoint,
  limits: Limits,
  trust: Trust = 'full',
): Channel {
  const { messageBytes, queuedBytes, frameMs } = limits;
  if (endpoint instanceof Worker) return overWorker(endpoint, messageBytes);
  // The parent port carries the program's own messages as well; the port for ours comes over it.
  if (parentPort !== null && endpoint === parentPort) return new LatePortChannel(parentPort, messageBytes);
  if (endpoint instanceof MessagePort) return new PortChannel(endpoint, messageBytes);
  if (isChannel(endpoint)) return endpoint;
  if (isIpc(endpoint)) {
    if (trust === 'none')
      throw untrusting(
        `${where}: trust`,
        'beside Node’s own IPC, on which one malformed line ends this process: connect over a pipe, a socket or stdio',
      );
    if (endpoint.connected)
      return new HandleChannel(
        new IpcChannel(endpoint, 'base64', messageBytes),
        endpoint,
        queuedBytes,
        false,
      );
    throw invalidOption(
      `${where}: endpoint`,
      endpoint,
      'connected: it was started without an IPC channel, or has ended',
    );
  }
  if (isPair(endpoint))
    return new ByteChannel(nodeStream(endpoint.readable, endpoint.writable), messageBytes, frameMs);
  if (isDuplex(endpoint)) return new ByteChannel(nodeStream(endpoint, endpoint), messageBytes, frameMs);
  throw invalidOption(
    `${where}: endpoint`,
    endpoint,
    'a Worker, a MessagePort, a ChildProcess with IPC, process, a Duplex, { readable, writable } or a Channel',
  );
}

/** A port of our own to a worker that runs `expose` or `connect` over its parent port. */
function overWorker(worker: Worker, messageBytes: number): Channel {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ portcall: port2 }, [port2]);
  return new PortChannel(port1, messageBytes);
}

function isChannel(value: object): value is Channel {
  return 'open' in value && 'send' in value && 'destroy' in value && typeof value.open === 'function';
}

function isIpc(value: object): value is IpcEndpoint {
  return 'connected' in value && typeof value.connected === 'boolean' && 'emit' in value && 'stdin' in value;
}

function isPair(value: object): value is { readable: Readable; writable: Writable } {
  return (
    'readable' in value &&
    typeof value.readable === 'object' &&
    'writable' in value &&
    typeof value.writable === 'object'
  );
}

function isDuplex(value: object): value is Readable & Writable {
  return 'pipe' in value && 'write' in value && typeof value.write === 'function';
}
