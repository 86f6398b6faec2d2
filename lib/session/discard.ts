import type { Message } from '../protocol/protocol.ts';
import type { Codec, Importer } from '../values/values.ts';
import { arrivedValue } from './arrived.ts';
import { abandon } from './owned-attachments.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Attachment } from '../shared/attachments.ts';

/** What it takes to read a value. */
interface Reader {
  readonly codec: Codec;
  readonly objects: SharedObjects;
}

/**
 * Gives back what has come in a message that nobody will read, such as a reply to a call that was given up: references
 * that are not given back would be kept at the other side for good.
 */
export function discardValue(
  { codec, objects }: Reader,
  message: Message,
  attachments: readonly Attachment[],
): void {
  const arrived = arrivedValue(message, attachments);
  if (arrived === undefined || arrived.form === 0) return;
  const nothing = {};
  const importer: Importer = {
    signal: () => new AbortController().signal,
    aborting: () => new AbortController(),
    reason: () => nothing,
    reference: (id) => {
      objects.imported.refuse(id);
      return nothing;
    },
    carried: (_, object) => {
      abandon([object as object]);
      return nothing;
    },
    tunnel: ({ id }) => {
      objects.ports.refuse(id);
      return nothing;
    },
    yours: () => nothing,
    stream: (fields) => {
      objects.streams.refuse(fields);
      return nothing;
    },
  };
  try {
    codec.decode(arrived, importer);
  } catch {
    // Not even well-formed: whoever was to read it would have been told, and there is nobody.
  }
}
