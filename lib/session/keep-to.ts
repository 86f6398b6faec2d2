import type { Limits } from '../protocol/limits.ts';
import type { Hello } from '../protocol/protocol.ts';
import { messageBounds } from '../protocol/text-size.ts';
import type { Codec } from '../values/values.ts';
import type { Caller } from './caller.ts';
import { shapeTaken } from './handshake.ts';
import type { Outbox } from './outbox.ts';
import type { Replies } from './replies.ts';
import { tooLargeToSend, tooMuchToSend } from './session-errors.ts';
import type { SessionStreams } from './session-streams.ts';

/** Those who write messages. */
export interface Writers {
  readonly limits: Limits;
  readonly codec: Codec;
  readonly outbox: Outbox;
  readonly caller: Caller;
  readonly replies: Replies;
  readonly streams: SessionStreams;
  /** An error that no caller waits for. */
  readonly report: (error: unknown) => void;
}

/**
 * Has this side keep to what the other takes: no more is written, and what was written before and is more is not sent.
 * Calls that wait for a reply are told by their caller; of messages that nobody waits for it is reported.
 */
export function keepTo(
  hello: Hello,
  { limits, codec, outbox, caller, replies, streams, report }: Writers,
): void {
  const { messageBytes } = hello;
  caller.limitMessages(messageBytes);
  replies.limitMessages(messageBytes);
  streams.limitMessages(messageBytes);
  const tooLarge = outbox.limitBatches(messageBytes);
  if (tooLarge > 0) report(tooLargeToSend(tooLarge, messageBytes));
  const shape = shapeTaken(hello);
  if (shape.depth >= limits.depth && shape.elements >= limits.elements) return;
  codec.narrow(shape);
  const bounds = messageBounds(shape);
  caller.limitShapes(bounds);
  const tooMuch = outbox.dropBeyond(bounds);
  if (tooMuch > 0) report(tooMuchToSend(tooMuch));
}
