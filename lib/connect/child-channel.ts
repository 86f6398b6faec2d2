import { Socket } from 'node:net';
import { Readable } from 'node:stream';

import type { Channel } from '../channel/channel.ts';
import { RpcError } from '../errors/rpc-error.ts';
import type { Limits } from '../protocol/limits.ts';
import { ByteChannel } from '../transports/byte-channel.ts';
import { HandleChannel } from '../transports/handle-channel.ts';
import { IpcChannel } from '../transports/ipc-channel.ts';
import { nodeStream } from '../transports/node-stream.ts';
import { segmentStream } from '../transports/segment-stream.ts';
import { wholeWriteBytes } from '../transports/whole-writes.ts';
import { pipeFd, type LaunchNote } from './launch-note.ts';

/**
 * The channel to the process that launched this one, over what the note says.
 *
 * @throws RpcError `CHANNEL_CLOSED` where it is not there any more
 */
export function channelToParent(
  note: LaunchNote,
  { messageBytes, queuedBytes }: Pick<Limits, 'messageBytes' | 'queuedBytes'>,
): Channel {
  const channel = channelBy(note, messageBytes);
  if (note.channel === 'ipc') return new HandleChannel(channel, process, queuedBytes, false);
  return note.handles === true ? new HandleChannel(channel, process, queuedBytes, true) : channel;
}

function channelBy(note: LaunchNote, messageBytes: number): Channel {
  switch (note.channel) {
    case 'pipe': {
      const socket = new Socket({ fd: pipeFd, readable: true, writable: true, allowHalfOpen: true });
      return new ByteChannel(nodeStream(socket, socket, pipeFd), messageBytes);
    }
    case 'ipc':
      return new IpcChannel(process, 'native', messageBytes);
    case 'stdio':
      return overStdio(messageBytes);
    default:
      throw new RpcError(
        'CHANNEL_CLOSED',
        `a process cannot be reached over ${JSON.stringify(note.channel)}`,
      );
  }
}

/** Stdin and stdout become the channel; what the program prints from now on goes to stderr. */
function overStdio(messageBytes: number): Channel {
  const { stdin, stdout } = process;
  const stream = nodeStream(stdin, stdout, stdout.fd);
  // `console` may have taken hold of the stream already, so the stream itself is led elsewhere; the channel has kept
  // its own way to write.
  stdout.write = process.stderr.write.bind(process.stderr);
  Object.defineProperty(process, 'stdout', { get: () => process.stderr, configurable: true });
  Object.defineProperty(process, 'stdin', { get: () => emptyInput, configurable: true });
  const emptyInput = Readable.from([]);
  // Others still write to descriptor 1: native code, grandchildren.
  const wholeBytes = wholeWriteBytes(stdout.fd);
  return new ByteChannel(segmentStream(stream, { wholeBytes, onNoise: () => {} }), messageBytes);
}
