import type { IpcEndpoint } from './ipc-endpoint.ts';

/**
 * Takes our messages out before any listener of the program sees them. Node hands each message to `emit`, and there is
 * no other place where one can be kept from the other listeners.
 *
 * @param take - Whether a message, with the handle that came with it, was ours.
 * @returns What ends it.
 */
export function interceptMessages(
  endpoint: IpcEndpoint,
  take: (message: unknown, handle: unknown) => boolean,
): () => void {
  const inherited: IpcEndpoint['emit'] = endpoint.emit.bind(endpoint);
  const before = Object.getOwnPropertyDescriptor(endpoint, 'emit');
  let active = true;
  const emit = (event: string, ...args: unknown[]): boolean => {
    if (active && event === 'message' && take(args[0], args[1])) return true;
    return inherited(event, ...args);
  };
  endpoint.emit = emit;
  // Node reads the channel only while somebody listens for messages, and keeps those that came before.
  const listening = (): void => {};
  endpoint.on('message', listening);
  return () => {
    active = false;
    endpoint.off('message', listening);
    // Where another has come on top of it, that one still leads through here.
    if (endpoint.emit !== emit) return;
    if (before === undefined) Reflect.deleteProperty(endpoint, 'emit');
    else Object.defineProperty(endpoint, 'emit', before);
  };
}
