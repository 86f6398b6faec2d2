// The two sides of a conversation, one of which is always Comlink's own.

import { proxy, wrap, type Endpoint as ComlinkEndpoint, type Remote as Stock } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { connect, type ConnectOptions, type Remote, type Session } from 'portcall';
import { comlink } from 'portcall/comlink';
import { onTestFinished } from 'vitest';

import type { api, Counter } from '../fixtures/comlink/api.js';

/** What the workers among the fixtures offer. */
export type Api = typeof api & {
  counter(start: number): Remote<Counter>;
  greeter(): (name: string) => string;
};

/** A worker of the fixtures, ended with the test. */
export function startWorker(name: string): Worker {
  const worker = new Worker(new URL(`../fixtures/comlink/${name}.js`, import.meta.url));
  onTestFinished(async () => void (await worker.terminate()));
  return worker;
}

/** A session with a worker that runs Comlink. */
export function connectToStock(options: ConnectOptions = {}): Session<Api> & { readonly worker: Worker } {
  const worker = startWorker('stock-server');
  const session = connect<Api>(worker, { ...options, protocol: comlink });
  onTestFinished(() => session.close({ graceMs: 0 }));
  return Object.assign(session, { worker });
}

/** Comlink's remote for what a worker of the fixtures exposes through Portcall. */
export function wrapPortcall(): { readonly remote: Stock<Api>; readonly worker: Worker } {
  const worker = startWorker('portcall-server');
  return { remote: wrap<Api>(nodeEndpoint(worker)), worker };
}

/** Something exposed by Portcall at one end of a channel, and Comlink's remote for it at the other. */
export function exposedTo<T>(
  api: object,
  options: ConnectOptions = {},
): { readonly remote: Stock<T>; readonly session: Session<unknown>; readonly port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  const session = connect(port1, { ...options, expose: api, protocol: comlink });
  onTestFinished(async () => {
    await session.close({ graceMs: 0 });
    port2.close();
  });
  return { remote: wrap<T>(endpointOf(port2)), session, port: port2 };
}

/** A port as Comlink takes it. */
export function endpointOf(port: MessagePort): ComlinkEndpoint {
  return nodeEndpoint(port);
}

/** A function marked by Comlink, whose own types for it get in the way. */
export function marked<T extends object>(value: T): T {
  return proxy(value);
}
