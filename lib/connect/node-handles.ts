import { Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import type { PlatformHandles } from '../session/platform-handles.ts';
import { Unsendable } from '../values/unsendable.ts';

const advice = 'launch the child with fork(url, { handles: true }), which passes the socket or server itself';

/** Sockets and servers of `node:net`, which Node hands to another process over its IPC. */
export const nodeHandles: PlatformHandles = {
  isHandle(value, carried) {
    if (value instanceof Server) {
      if (!carried) throw new Unsendable('a server', advice);
      if (!value.listening) throw new Unsendable('a server that does not listen', 'send it while it listens');
      return true;
    }
    if (!(value instanceof Socket) || value instanceof TLSSocket) return false;
    // Pipes and terminals, such as process.stdin or the output of a child, are streams and nothing more.
    if (value.remoteAddress === undefined) {
      if (value.destroyed && carried)
        throw new Unsendable('a socket that is closed', 'send it while it is open');
      return false;
    }
    if (carried) return true;
    throw new Unsendable(
      'a TCP socket',
      `${advice}; to pass what it reads and writes, pass Duplex.from({ readable: socket, writable: socket })`,
    );
  },
};
