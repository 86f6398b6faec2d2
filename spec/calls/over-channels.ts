import { MessageChannel } from 'node:worker_threads';

import { connect, fork, worker, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

/** One module behind a session, whatever is between. */
export type Opened<Module> = Pick<Session<Module>, 'remote' | 'with' | 'pipeline' | 'stats' | 'close'>;

/** What both kinds of session, and children, take. */
export type OpenOptions = Pick<ConnectOptions, 'expose' | 'limits' | 'onError'>;

export type Open<Module> = (options?: OpenOptions) => Opened<Module>;

/**
 * The same module behind each kind of channel.
 *
 * @param url - Of the module, for children.
 * @param module - The module itself, for sessions within this process.
 */
export function overChannels<Module extends object>(
  url: URL,
  module: Module,
): readonly (readonly [name: string, open: Open<Module>])[] {
  return [
    ['a pipe', (options) => fork<Module>(url, options)],
    ['ipc', (options) => fork<Module>(url, { ...options, channel: 'ipc' })],
    ['stdio', (options) => fork<Module>(url, { ...options, channel: 'stdio' })],
    ['a worker', (options) => worker<Module>(url, options)],
    ['a port', (options) => overPort(module, options)],
    ['memory', (options) => inMemory(module, options)],
  ];
}

function overPort<Module extends object>(module: Module, options?: OpenOptions): Opened<Module> {
  const { port1, port2 } = new MessageChannel();
  connect(port2, { expose: module });
  return connect<Module>(port1, options);
}

/** A session in memory with the module on the other side. */
export function inMemory<Module extends object>(module: Module, options?: OpenOptions): Opened<Module> {
  const [here, there] = memoryChannels();
  connect(there, { expose: module });
  return connect<Module>(here, options);
}
