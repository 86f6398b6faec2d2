import { MessageChannel } from 'node:worker_threads';

import { connect, fork, worker, type ConnectOptions, type Session } from 'portcall';
import { memoryChannels } from 'portcall/testing';
import { onTestFinished } from 'vitest';

import { duplexPair } from '../calls/every-channel.ts';
import * as carried from '../fixtures/transfer/carried.js';

export type Carried = typeof carried;
export type Opened = Pick<Session<Carried>, 'remote' | 'with' | 'stats' | 'close'>;

/** What sessions and children have in common. */
type Options = Pick<ConnectOptions, 'limits' | 'onError' | 'expose'>;

const url = new URL('../fixtures/transfer/carried.js', import.meta.url);

/** Channels between threads or within one, which move memory and ports. */
export const moving = { 'a worker': overWorker, 'a MessagePort': overPort, memory: overMemory } as const;

/** Channels that copy memory and carry no ports. */
export const copying = {
  'fork over a pipe': (options: Options = {}) => ended(fork<Carried>(url, options)),
  'fork over ipc': (options: Options = {}) => ended(fork<Carried>(url, { ...options, channel: 'ipc' })),
  'fork over stdio': (options: Options = {}) => ended(fork<Carried>(url, { ...options, channel: 'stdio' })),
  streams: overStreams,
} as const;

export const every = { ...moving, ...copying } as const;

function overWorker(options: Options = {}): Opened {
  return ended(worker<Carried>(url, options));
}

function overPort(options: Options = {}): Opened {
  const { port1, port2 } = new MessageChannel();
  connect(port2, { expose: carried });
  return ended(connect<Carried>(port1, options));
}

function overMemory(options: Options = {}): Opened {
  const [here, there] = memoryChannels();
  connect(there, { expose: carried });
  return ended(connect<Carried>(here, options));
}

function overStreams(options: Options = {}): Opened {
  const [here, there] = duplexPair();
  connect(there, { expose: carried });
  return ended(connect<Carried>(here, options));
}

function ended(opened: Opened): Opened {
  onTestFinished(() => opened.close());
  return opened;
}
