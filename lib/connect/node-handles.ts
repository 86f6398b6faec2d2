import { Server, Socket } from 'node:net';

import type { PlatformHandles } from '../session/platform-handles.ts';
import { Unsendable } from '../values/unsendable.ts';

const advice =
  'launch the child with fork(url, { handles: true }), which passes the socket or the server itself';

/** Sockets and servers of `node:net`, which Node passes to another process over its IPC. */
export const nodeHandles: PlatformHandles = {
  isHandle(value, carried) {
    if (value instanceof Server) return isServer(value, carried);
    // Pipes and terminals, such as process.stdin or the output of a child, are streams and nothing more; so is TLS.
    if (!(value instanceof Socket) || 'encrypted' in value || value.remoteAddress === undefined) return false;
    if (!('port' in value.address()))
      throw new Unsendable('a socket that is closed or was passed on', 'send it once, while it is open');
    if (carried) return true;
    throw new Unsendable(
      'a TCP socket',
      `${advice}; to pass what it reads and writes, pass Duplex.from({ readable: socket, writable: socket })`,
    );
  },
};

function isServer(server: Server, carried: boolean): boolean {
  if (!carried) throw new Unsendable('a server', advice);
  if (!server.listening) throw new Unsendable('a server that does not listen', 'send it while it listens');
  if ('setSecureContext' in server)
    throw new Unsendable('a TLS server', 'send a net.Server, and do TLS at the other side');
  return true;
}
