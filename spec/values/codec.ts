import { readBatch } from '../../lib/protocol/read-batch.ts';
import { arrivedValue, valueFields } from '../../lib/session/arrived.ts';
import { IncomingSignals, noSignals } from '../../lib/session/incoming-signals.ts';
import { TaggedCodec } from '../../lib/values/tagged-codec.ts';
import type { Encoded, Importer } from '../../lib/values/values.ts';

export const limits = { depth: 256, bigintDigits: 16_384 };

export const codec = new TaggedCodec(limits);

/** What arrives of an encoded value: written into a message, parsed and read like one. */
export function decoded(encoded: Encoded, importer: Importer = new IncomingSignals()): unknown {
  const [message] = readBatch(`[[3,1,${valueFields(encoded)}]]`);
  const arrived = message === undefined ? undefined : arrivedValue(message, encoded.attachments);
  return arrived === undefined ? undefined : codec.decode(arrived, importer);
}

/** A value as it arrives at the other side. */
export function roundTrip(value: unknown): unknown {
  return decoded(codec.encode(value, 'result', noSignals));
}

/** What arrives of something thrown. */
export function thrownRoundTrip(thrown: unknown): unknown {
  return decoded(codec.encodeThrown(thrown, noSignals));
}
