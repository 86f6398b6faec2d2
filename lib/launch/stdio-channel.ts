import type { ChildProcess } from 'node:child_process';

import type { Channel } from '../channel/channel.ts';
import type { Limits } from '../protocol/limits.ts';
import { ByteChannel } from '../transports/byte-channel.ts';
import type { ByteStream } from '../transports/byte-stream.ts';
import { nodeStream } from '../transports/node-stream.ts';
import { segmentStream } from '../transports/segment-stream.ts';
import { deadChannel } from './dead-channel.ts';
import type { OutputSink } from './output.ts';

/**
 * The channel over a child's stdin and stdout.
 *
 * @param noise - Takes what the child's stdout carries beside the channel.
 */
export function stdioChannel(
  child: ChildProcess,
  { messageBytes, frameMs }: Limits,
  noise: Pick<OutputSink, 'push' | 'end'>,
): Channel {
  // A process that could not be started has no streams, whatever the types say.
  const { stdin, stdout } = child as Partial<ChildProcess>;
  if (!stdin || !stdout) return deadChannel();
  // Nobody else writes to the child's stdin.
  const segments = segmentStream(nodeStream(stdout, stdin), {
    onNoise: (bytes) => noise.push(bytes),
  });
  const stream: ByteStream = {
    ...segments,
    start: (events) =>
      segments.start({
        ...events,
        closed: (error) => {
          noise.end();
          events.closed(error);
        },
      }),
  };
  return new ByteChannel(stream, messageBytes, frameMs);
}
