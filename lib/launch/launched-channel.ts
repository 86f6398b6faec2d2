import type { Channel, Receiver } from '../channel/channel.ts';
import type { Life } from './life.ts';

/**
 * A channel to a child, which keeps this process alive together with the child: with the channel alone held, the
 * process would end before it hears of the child's exit.
 */
export function launchedChannel(channel: Channel, life: Life): Channel {
  return {
    carries: channel.carries,
    partBytes: channel.partBytes,
    open: (receiver: Receiver) => channel.open(receiver),
    send: (...batch) => channel.send(...batch),
    close: () => channel.close(),
    destroy: (reason) => channel.destroy(reason),
    ref: () => {
      channel.ref?.();
      life.ref();
    },
    unref: () => {
      channel.unref?.();
      life.unref();
    },
    flushSync: () => channel.flushSync?.(),
  };
}
