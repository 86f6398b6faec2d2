import { Duplex } from 'node:stream';
import { MessageChannel, Worker } from 'node:worker_threads';

import { connect, fork, worker, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';

import * as everything from '../fixtures/calls/everything.js';

type Everything = typeof everything;

/** What children and sessions have in common, and a way to end both sides. */
export interface Opened extends Pick<Session<Everything>, 'remote' | 'with' | 'stats'> {
  close(): Promise<void>;
}

const url = new URL('../fixtures/calls/everything.js', import.meta.url);

/** The same module behind everything that calls can travel over. */
export const everyChannel: readonly (readonly [name: string, open: () => Opened])[] = [
  ['fork over a pipe', () => fork<Everything>(url)],
  ['fork over ipc', () => fork<Everything>(url, { channel: 'ipc' })],
  ['fork over stdio', () => fork<Everything>(url, { channel: 'stdio' })],
  ['a worker', () => worker<Everything>(url)],
  ['a worker made by hand', handMadeWorker],
  ['a MessagePort', () => overPort()],
  ['streams', () => overStreams()],
  ['memory', () => overMemory()],
];

function handMadeWorker(): Opened {
  const thread = new Worker(new URL('../fixtures/calls/connected-worker.js', import.meta.url));
  const session = connect<Everything>(thread);
  return {
    ...openedAs(session),
    close: async () => {
      await session.close();
      await thread.terminate();
    },
  };
}

function overPort(): Opened {
  const { port1, port2 } = new MessageChannel();
  connect(port2, { expose: everything });
  return openedAs(connect<Everything>(port1));
}

function overStreams(): Opened {
  const [here, there] = duplexPair();
  connect(there, { expose: everything });
  return openedAs(connect<Everything>(here));
}

/** A session in memory with the module on the other side. */
export function overMemory(): Opened {
  const [here, there] = memoryChannels();
  connect(there, { expose: everything });
  return openedAs(connect<Everything>(here));
}

function openedAs(session: Session<Everything>): Opened {
  return {
    remote: session.remote,
    with: (options) => session.with(options),
    get stats() {
      return session.stats;
    },
    close: () => session.close(),
  };
}

/** Two Duplex streams, each of which reads what is written to the other. */
export function duplexPair(): [Duplex, Duplex] {
  // What to call when a side wants more to read.
  const wanted = new Map<Duplex, () => void>();
  const make = (other: () => Duplex): Duplex =>
    new Duplex({
      read() {
        const resume = wanted.get(this);
        wanted.delete(this);
        resume?.();
      },
      write(bytes: Buffer, _, done) {
        if (other().push(bytes)) done();
        else wanted.set(other(), done);
      },
      final(done) {
        other().push(null);
        done();
      },
    });
  const a: Duplex = make(() => b);
  const b: Duplex = make(() => a);
  return [a, b];
}
