import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';

import { counter } from './raw.ts';

const bootstrap = fileURLToPath(new URL('../../dist/bootstrap.js', import.meta.url));

/** The hello of a parent that writes by hand. */
export const parentHello = '[[0,1,{"session":"raw parent","messageBytes":33554432,"exports":[]}]]';

type Message = readonly [code: number, ...fields: unknown[]];

let child: ChildProcess | undefined;

afterEach(async () => {
  const started = child;
  child = undefined;
  if (started === undefined || started.exitCode !== null || started.signalCode !== null) return;
  const exited = once(started, 'exit');
  started.kill('SIGKILL');
  await exited;
});

export interface RawParent {
  write(bytes: Buffer): void;
  end(): void;
  /** The messages of the next batch. */
  next(): Promise<readonly Message[]>;
  /** All messages up to one, and what comes right behind it. */
  until(last: (message: Message) => boolean): Promise<readonly Message[]>;
  /** Fulfils at the end of what the child writes. */
  readonly ended: Promise<void>;
  readonly exited: Promise<ChildProcess>;
}

/** Starts the real bootstrap with the real module, and reads the extra pipe by hand. */
export function rawParent(module: URL = counter): RawParent {
  const note = { channel: 'pipe', module: module.href, limits: { messageBytes: 1_048_576 } };
  const started = spawn(process.execPath, [bootstrap], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, PORTCALL_LAUNCH: JSON.stringify(note) },
  });
  child = started;
  const pipe = started.stdio[3] as Socket;
  const exited = once(started, 'exit').then(() => started);
  const batches = readBatches(pipe);
  const next = async (): Promise<readonly Message[]> => {
    const { value, done } = await batches.next();
    if (done === true) throw new Error('the child has ended its channel');
    return value;
  };
  return {
    write: (bytes) => void pipe.write(bytes),
    end: () => void pipe.end(),
    next,
    until: async (last) => {
      const all: Message[] = [];
      while (!all.some(last)) all.push(...(await next()));
      return all;
    },
    ended: new Promise((resolve) => {
      pipe.once('close', () => resolve());
      pipe.on('error', () => {});
      // Once nobody asks for batches any more, somebody has to read.
      pipe.on('data', () => {});
    }),
    exited,
  };
}

async function* readBatches(pipe: Socket): AsyncGenerator<readonly Message[], void> {
  let rest = Buffer.alloc(0);
  const waiting: (() => void)[] = [];
  let over = false;
  const wake = (): void => waiting.splice(0).forEach((resolve) => resolve());
  pipe.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    wake();
  });
  pipe.on('close', () => {
    over = true;
    wake();
  });
  for (;;) {
    if (rest.length >= 8 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      const text = rest.toString('utf8', 8, 8 + rest.readUInt32BE(4));
      rest = rest.subarray(end);
      yield JSON.parse(text) as readonly Message[];
    } else if (over) {
      return;
    } else {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
}
