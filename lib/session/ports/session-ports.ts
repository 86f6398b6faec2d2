import { RpcError } from '../../errors/rpc-error.ts';
import { Code, Form, type Message } from '../../protocol/protocol.ts';
import { attachedBytes, type Attachment } from '../../shared/attachments.ts';
import type { Codec } from '../../values/values.ts';
import { arrivedValue } from '../arrived.ts';
import { discardValue } from '../discard.ts';
import { MessageImports } from '../message-imports.ts';
import type { SharedObjects } from '../shared-objects.ts';
import { lightBytes } from '../streams/stream-port.ts';
import { whole } from '../whole.ts';

/** What it takes to read the messages of ports. */
export interface SessionPortsParts {
  readonly codec: Codec;
  readonly objects: SharedObjects;
  readonly onError: (error: unknown) => void;
}

/** A message about a tunnelled port. One that is closed is none of its business any more. */
export function receivedByPort(
  parts: SessionPortsParts,
  message: Message,
  attachments: readonly Attachment[],
): void {
  const [code, id, a, b] = message;
  const tunnel = parts.objects.ports.find(id);
  switch (code) {
    case Code.portCredit:
      return tunnel?.credit(whole(a), whole(b));
    case Code.portClose:
      return tunnel?.end();
    default: {
      if (tunnel === undefined || tunnel.over) return discardValue(parts, message, attachments);
      const weight = message[5] === undefined ? 0 : whole(message[5]);
      const bytes = attachments.reduce<number>((sum, part) => sum + attachedBytes(part), 0);
      if (weight < bytes - lightBytes)
        throw new RpcError('PROTOCOL_ERROR', 'the other side sent a message that is heavier than it says');
      try {
        const problem = tunnel.received(valueOf(parts, message, attachments), weight);
        if (problem !== undefined) parts.onError(problem);
      } catch (error) {
        // It cannot be read: what a port would call a 'messageerror'.
        parts.onError(error);
      }
    }
  }
}

function valueOf(
  { codec, objects }: SessionPortsParts,
  message: Message,
  attachments: readonly Attachment[],
): unknown {
  const arrived = arrivedValue(message, attachments);
  if (arrived === undefined) return undefined;
  return arrived.form === Form.plain
    ? arrived.json
    : codec.decode(arrived, new MessageImports(objects, false));
}
