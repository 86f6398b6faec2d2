import { RpcError } from '../errors/rpc-error.ts';
import { Form } from '../protocol/protocol.ts';
import { describe } from '../shared/describe.ts';
import { noAttachments } from '../shared/attachments.ts';
import { Revival } from './revive.ts';
import { mark, Tag } from './tags.ts';
import { Unsendable } from './unsendable.ts';
import type { Arrived, Codec, Encoded, Exporter, Importer, ValueLimits } from './values.ts';
import { isPlainPrimitive } from './plain.ts';
import { Walk } from './walk.ts';

/** Portcall's own codec: JSON for what JSON can say, tagged JSON for the rest, bytes beside the text. */
export class TaggedCodec implements Codec {
  readonly #limits: ValueLimits;

  constructor(limits: ValueLimits) {
    this.#limits = limits;
  }

  encode(value: unknown, root: string, exporter: Exporter): Encoded {
    // Most calls take and return a few numbers and strings: nothing in them can be shared, tagged or refused.
    const flat = flatText(value);
    if (flat !== undefined) return plainText(flat);
    const walk = new Walk(this.#limits, exporter);
    const before = exporter.mark();
    try {
      const written = walk.value(value);
      return {
        text: JSON.stringify(written),
        form: walk.tagged ? Form.tagged : Form.plain,
        attachments: walk.attachments,
      };
    } catch (problem) {
      // Nothing of it will arrive, so nothing of it stays registered.
      exporter.undo(before);
      throw this.#explained(problem, root, walk);
    }
  }

  encodeThrown(thrown: unknown, exporter: Exporter): Encoded {
    try {
      const own = typeof thrown === 'object' && thrown !== null ? exporter.reasonOf(thrown) : undefined;
      if (own !== undefined)
        return { ...plainText(JSON.stringify([mark, Tag.reason, own])), form: Form.tagged };
      return this.encode(thrown, 'error', exporter);
    } catch {
      // Not an error and not sendable either: what it was is said by a real one.
      const stand = new Error(`the function threw ${describe(thrown)}, which cannot be sent`);
      return this.encode(stand, 'error', exporter);
    }
  }

  decode({ json, form, attachments }: Arrived, importer: Importer): unknown {
    if (form === Form.plain) return json;
    if (form !== Form.tagged) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side wrote a value in form ${String(form)}, which is not known here`,
      );
    }
    return new Revival(attachments, importer, this.#limits).value(json);
  }

  #explained(problem: unknown, root: string, walk: Walk): RpcError {
    if (problem instanceof RpcError && problem.code === 'OVERLOADED') return problem;
    if (problem instanceof Unsendable) return problem.toError(root, walk.here);
    return new Unsendable(
      'a value whose own code threw while it was read',
      'send a plain copy of it',
      problem,
    ).toError(root, walk.here);
  }
}

// Longer arrays are rarely lists of arguments, and gain nothing from being looked at twice.
const flatItems = 8;

/** The codec's result for a value that needs no walk. */
function plainText(text: string): Encoded {
  return { text, form: Form.plain, attachments: noAttachments };
}

/** The text of a plain primitive or a short list of some, written piece by piece: a third of what JSON.stringify takes. */
function flatText(value: unknown): string | undefined {
  if (isPlainPrimitive(value)) return primitiveText(value);
  try {
    return listText(value);
  } catch {
    // A Proxy or a getter that throws: the walk meets it again, and can say where.
    return undefined;
  }
}

function listText(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > flatItems || Object.getPrototypeOf(value) !== Array.prototype) {
    return undefined;
  }
  let text = '[';
  for (let index = 0; index < value.length; index++) {
    const item: unknown = value[index];
    if (!isPlainPrimitive(item)) return undefined;
    text += index === 0 ? primitiveText(item) : `,${primitiveText(item)}`;
  }
  return `${text}]`;
}

function primitiveText(value: string | number | boolean | null): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${value}`;
}
