// The same middleware around the calls that are made and around those that are taken, over real channels.
import { MessageChannel } from 'node:worker_threads';
import { connect, fork, worker, type Middleware, type Session } from 'portcall';
import { onTestFinished } from 'vitest';

import { makeWork } from '../fixtures/middleware/make-work.js';

export type Work = ReturnType<typeof makeWork>;
export type Caller = Pick<Session<Work>, 'remote' | 'ready' | 'with' | 'close'>;

export const url: URL = new URL('../fixtures/middleware/work.js', import.meta.url);

/** A caller of `work` with middleware around its calls. */
export const calling: readonly (readonly [string, (middleware: Middleware) => Caller])[] = [
  ['calls made over a pipe', (middleware) => closed(fork<Work>(url, { middleware: [middleware] }))],
  ['calls made to a worker', (middleware) => closed(worker<Work>(url, { middleware: [middleware] }))],
];

/** A caller of `work`, with middleware where its calls are taken. */
export const serving: readonly (readonly [string, (middleware: Middleware) => Caller])[] = [
  [
    'calls taken',
    (middleware) => {
      const { port1, port2 } = new MessageChannel();
      closed(connect(port2, { expose: makeWork(), servedMiddleware: [middleware] }));
      return closed(connect<Work>(port1));
    },
  ],
];

function closed<C extends Pick<Session<unknown>, 'close'>>(caller: C): C {
  onTestFinished(() => caller.close({ graceMs: 0 }));
  return caller;
}
