import type { Channel } from '../channel/channel.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { frameSize } from '../protocol/frame-size.ts';
import type { Attachment } from '../shared/attachments.ts';

// How long an end that says why waits to be read.
const mostLateMs = 5000;

/**
 * A channel that delivers nothing before this side can read it.
 *
 * @param prepared - Fulfils once it can; where it rejects, nothing is ever delivered. An end of the channel waits for it
 * as well, for some seconds, where what came before says why the other side did not start.
 * @param most - How many bytes may wait here. More ends the channel.
 */
export function preparedChannel(channel: Channel, prepared: Promise<void>, most: number): Channel {
  return {
    ...(channel.carries !== undefined && { carries: channel.carries }),
    ...(channel.partBytes !== undefined && { partBytes: channel.partBytes }),
    open(receiver) {
      let held: (readonly [text: string, attachments: readonly Attachment[]])[] | undefined = [];
      let size = 0;
      const deliver = (): void => {
        const batches = held ?? [];
        held = undefined;
        for (const batch of batches) receiver.received(...batch);
      };
      let ended = (): void => {};
      prepared.then(deliver, () => (held = [])).finally(() => ended());
      channel.open({
        received(text, attachments) {
          if (held === undefined) return receiver.received(text, attachments);
          size += frameSize(text.length, attachments);
          if (size <= most) held.push([text, attachments]);
          else channel.destroy(tooMuch(size));
        },
        room: (...about) => receiver.room?.(...about),
        drained: () => receiver.drained(),
        closed(error) {
          if (held?.some(([text]) => text.includes('"START_FAILED"')) !== true) {
            held = [];
            return receiver.closed(error);
          }
          const late = setTimeout(() => {
            held = [];
            ended();
          }, mostLateMs);
          ended = () => {
            ended = () => {};
            clearTimeout(late);
            receiver.closed(error);
          };
        },
      });
    },
    send: (...batch) => channel.send(...batch),
    close: () => channel.close(),
    destroy: (reason) => channel.destroy(reason),
    ref: () => channel.ref?.(),
    unref: () => channel.unref?.(),
    flushSync: () => channel.flushSync?.(),
  };
}

function tooMuch(bytes: number): RpcError {
  return new RpcError(
    'PROTOCOL_ERROR',
    `the other side sent ${bytes} bytes before this side could read any of them (limits.queuedBytes)`,
  );
}
