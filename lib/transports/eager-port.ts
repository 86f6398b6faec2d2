import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';

import type { Bell } from './bell.ts';
import { Looking } from './looking.ts';
import type { PortChannel } from './port-channel.ts';

/**
 * Keeps a thread awake for the next call of a caller that blocks, which is likely to follow at once on the answer to
 * the last: for a few microseconds, and never before everything else that the event loop has for it has had its turn.
 */
export function stayAwake(channel: PortChannel, port: MessagePort, bell: Bell): void {
  const looking = new Looking();
  let known = bell.sentCount;
  let next: { readonly message: unknown } | undefined;
  let planned = false;
  const seen = (): boolean => {
    const count = bell.sentCount;
    if (count === known) return false;
    known = count;
    // The event loop may have taken it before.
    next = receiveMessageOnPort(port);
    return next !== undefined;
  };
  const look = (): void => {
    planned = false;
    if (!looking.see(seen)) return;
    const { message } = next!;
    next = undefined;
    channel.take(message);
  };
  bell.answered = () => {
    if (planned || !looking.worthIt()) return;
    planned = true;
    setImmediate(look);
  };
}
