// Comlink has types for this file, but where TypeScript does not look for those of an `.mjs`.
declare module 'comlink/dist/esm/node-adapter.mjs' {
  import type { Endpoint } from 'comlink';
  import type { MessagePort, Worker } from 'node:worker_threads';

  export default function nodeEndpoint(endpoint: MessagePort | Worker): Endpoint;
}
