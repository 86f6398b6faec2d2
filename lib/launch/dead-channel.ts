import type { Channel } from '../channel/channel.ts';

/** The channel to a process that was never there. It ends as soon as it is opened. */
export function deadChannel(): Channel {
  return {
    open: (receiver) => setImmediate(() => receiver.closed()),
    send: () => true,
    close: () => Promise.resolve(),
    destroy: () => {},
  };
}
