import { MessageChannel, type MessagePort, type Transferable } from 'node:worker_threads';

import type { PlatformPorts } from '../session/ports/local-end.ts';
import { isPort } from '../shared/attachments.ts';

/** Node's MessagePorts. */
export const nodePorts: PlatformPorts = {
  bridge(port, events) {
    const own = port as MessagePort;
    const message = (value: unknown): void => events.message(value);
    let over = false;
    own.on('close', () => {
      over = true;
      events.closed();
    });
    const resume = (): void => {
      if (over) return;
      own.on('message', message);
      // What the program does with the other end keeps the process alive, and not what stands between.
      own.unref();
    };
    resume();
    return {
      // Posting to a port that is closed can bring down the process.
      deliver: (value) => {
        if (!over) own.postMessage(value, transferables(value));
      },
      // Without a listener Node keeps what comes.
      pause: () => void own.off('message', message),
      resume,
      end: () => {
        over = true;
        own.close();
      },
    };
  },
  pair: () => {
    const { port1, port2 } = new MessageChannel();
    return [port1, port2];
  },
};

/** What can only be moved in a value that has just arrived, and its memory, which nobody else holds. */
function transferables(value: unknown): Transferable[] {
  const found = new Set<object>();
  const seen = new Set<object>();
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    if (isPort(part) || part instanceof ReadableStream || part instanceof WritableStream) found.add(part);
    else if (part instanceof ArrayBuffer) found.add(part);
    else if (ArrayBuffer.isView(part)) look(part.buffer);
    else if (Array.isArray(part)) part.forEach(look);
    else if (part instanceof Map) part.forEach((item, key) => (look(key), look(item)));
    else if (part instanceof Set) part.forEach(look);
    else Object.values(part).forEach(look);
  };
  look(value);
  return [...found] as Transferable[];
}
