import * as comlink from 'comlink';
import type { Server, Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { transfer, type Remote } from 'portcall';
import { endpoint } from 'portcall/comlink';
import { describe, expectTypeOf, test } from 'vitest';

interface Module {
  port(): MessagePort;
  ports(): { readonly list: MessagePort[] };
  take(port: MessagePort, socket: Socket, server: Server): void;
  server(): Promise<Server>;
  socket(): Socket;
  shared(): Int32Array;
}
declare const remote: Remote<Module>;
declare const port: MessagePort;
declare const socket: Socket;
declare const server: Server;

describe('what is moved', () => {
  test('keeps its type', () => {
    expectTypeOf(remote.port()).resolves.toEqualTypeOf<MessagePort>();
    expectTypeOf(remote.ports()).resolves.toEqualTypeOf<{ readonly list: MessagePort[] }>();
    expectTypeOf(remote.server()).resolves.toEqualTypeOf<Server>();
    expectTypeOf(remote.socket()).resolves.toEqualTypeOf<Socket>();
    expectTypeOf(remote.shared()).resolves.toEqualTypeOf<Int32Array>();
    void remote.take(port, socket, server);
    const bytes = new Uint8Array(8);
    expectTypeOf(transfer(bytes, [bytes.buffer])).toEqualTypeOf<typeof bytes>();
    expectTypeOf(transfer({ port }, [port])).toEqualTypeOf<{ port: MessagePort }>();
    // @ts-expect-error a list is an array
    transfer(bytes, bytes.buffer);
  });

  test('an endpoint is one of Comlink', () => {
    const made = endpoint(port);
    expectTypeOf(made).toExtend<comlink.Endpoint>();
    const wrapped = comlink.wrap<{ add(a: number, b: number): number }>(made);
    expectTypeOf(wrapped.add(1, 2)).resolves.toEqualTypeOf<number>();
  });
});
