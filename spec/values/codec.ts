import { readBatch } from '../../lib/protocol/read-batch.ts';
import { messageBounds } from '../../lib/protocol/text-size.ts';
import { arrivedValue, valueFields } from '../../lib/session/arrived.ts';
import { MessageExports } from '../../lib/session/message-exports.ts';
import { MessageImports } from '../../lib/session/message-imports.ts';
import { Outbox } from '../../lib/session/outbox.ts';
import { SharedObjects } from '../../lib/session/shared-objects.ts';
import type { StreamPort } from '../../lib/session/streams/stream-port.ts';
import { defaultLimits } from '../../lib/protocol/limits.ts';
import { TaggedCodec } from '../../lib/values/tagged-codec.ts';
import type { Codec, Encoded, Exporter, Importer } from '../../lib/values/values.ts';
import { memoryChannels } from '../../lib/channel/memory.ts';

export const limits = { depth: 256, bigintDigits: 16_384, elements: 2_000_000 };

export const codec = new TaggedCodec(limits);

const nowhere: StreamPort = {
  encode: (value, root) => codec.encode(value, root, exporting()),
  encodeThrown: (thrown) => codec.encodeThrown(thrown, exporting()),
  post: () => {},
  postItem: () => {},
  hasRoomFor: () => true,
  whenRoom: () => {},
  report: () => {},
  waiting: () => {},
  window: { items: 1, bytes: 1 },
};

const objects = new SharedObjects({}, new Outbox(memoryChannels()[0]), {
  limits: defaultLimits,
  carries: {},
  platformStreams: undefined,
  platformPorts: undefined,
  platformHandles: undefined,
  streamPort: nowhere,
  onError: () => {},
  dress: () => ({}),
});

/** What a session gives a codec that writes a message. */
export function exporting(signal?: (signal: AbortSignal) => number): Exporter {
  const exporter = new MessageExports(objects);
  return signal === undefined ? exporter : Object.assign(exporter, { signal });
}

/** What a session gives a codec that reads a message. */
export function importing(takesSignals = true): Importer {
  return new MessageImports(objects, takesSignals);
}

/** What arrives of an encoded value: written into a message, parsed and read like one. */
export function decoded(encoded: Encoded, importer: Importer = importing()): unknown {
  return decodedBy(codec, encoded, importer);
}

/** The same by another codec. */
export function decodedBy(reader: Codec, encoded: Encoded, importer: Importer = importing()): unknown {
  const [message] = readBatch(`[[3,1,${valueFields(encoded)}]]`, messageBounds(limits));
  const arrived = message === undefined ? undefined : arrivedValue(message, encoded.attachments);
  return arrived === undefined ? undefined : reader.decode(arrived, importer);
}

/** A value as it arrives at the other side. */
export function roundTrip(value: unknown): unknown {
  return decoded(codec.encode(value, 'result', exporting()));
}

/** What arrives of something thrown. */
export function thrownRoundTrip(thrown: unknown): unknown {
  return decoded(codec.encodeThrown(thrown, exporting()));
}
