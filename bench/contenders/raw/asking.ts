import type { Subject } from '../contender.ts';
import { wanted, type Reply, type Request } from './answer.js';

/** What a carrier can take as it is. */
export interface Carries {
  readonly bytes: boolean;
  readonly rich: boolean;
}

/** The least that calls over messages need: a number for each, and who waits for it. */
export function asking(
  send: (request: Request) => void,
  stop: () => Promise<void>,
  carries: Carries,
): { readonly subject: Subject; readonly replied: (reply: Reply) => void } {
  const waiting = new Map<number, (reply: Reply) => void>();
  let lastId = 0;

  function call(what: number, first: unknown, second?: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      const id = ++lastId;
      waiting.set(id, (reply) => {
        waiting.delete(id);
        resolve(reply[1]);
      });
      send(second === undefined ? [id, what, first] : [id, what, first, second]);
    });
  }

  function read(what: number, count: number, sizeBytes: number, weigh: (item: unknown) => number) {
    return new Promise<number>((resolve) => {
      const id = ++lastId;
      let total = 0;
      waiting.set(id, (reply) => {
        if (reply.length > 1) {
          total += weigh(reply[1]);
        } else {
          waiting.delete(id);
          resolve(total);
        }
      });
      send([id, what, count, sizeBytes]);
    });
  }

  const echo = (value: unknown) => call(wanted.echo, value);
  return {
    replied: (reply) => waiting.get(reply[0])?.(reply),
    subject: {
      add: (a, b) => call(wanted.add, a, b) as Promise<number>,
      echo,
      readItems: (count) => read(wanted.items, count, 0, () => 1),
      ...(carries.bytes && {
        echoBytes: (bytes: Uint8Array) => echo(bytes) as Promise<Uint8Array>,
        readChunks: (count: number, sizeBytes: number) =>
          read(wanted.chunks, count, sizeBytes, (chunk) => (chunk as Uint8Array).byteLength),
      }),
      ...(carries.rich && { echoRich: echo }),
      stop,
    },
  };
}
