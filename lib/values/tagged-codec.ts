import { RpcError } from '../errors/rpc-error.ts';
import { Form } from '../protocol/protocol.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import { describe } from '../shared/describe.ts';
import { flatText, plainText } from './flat-text.ts';
import { noTypes, type RegisteredTypes } from './registered-types.ts';
import { withinElements } from './element-budget.ts';
import { narrowed } from './narrowed.ts';
import { Revival } from './revive.ts';
import { mark, Tag } from './tags.ts';
import { Unsendable } from './unsendable.ts';
import type { Arrived, Codec, Encoded, Exporter, Importer, ValueLimits } from './values.ts';
import { Walk } from './walk.ts';

/** Portcall's own codec: JSON for what JSON can say, tagged JSON for the rest, bytes beside the text. */
export class TaggedCodec implements Codec {
  readonly form: number = Form.tagged;
  readonly #limits: ValueLimits;
  // What is written may have to keep others than what is read.
  #writing: ValueLimits;
  readonly #types: RegisteredTypes;

  constructor(limits: ValueLimits, types: RegisteredTypes = noTypes) {
    this.#limits = limits;
    this.#writing = limits;
    this.#types = types;
  }

  narrow(theirs: TextLimits): void {
    this.#writing = narrowed(this.#limits, theirs);
  }

  short(value: unknown): string | undefined {
    return flatText(value);
  }

  encode(value: unknown, root: string, exporter: Exporter): Encoded {
    const flat = flatText(value);
    if (flat !== undefined) return plainText(flat);
    const walk = new Walk(this.#writing, exporter, this.#types);
    const before = exporter.mark();
    try {
      const text = withinElements(JSON.stringify(walk.value(value)), this.#writing);
      return {
        text,
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
        `the other side wrote a value in form ${String(form)}, which is not read here; choose the same codec on both sides`,
      );
    }
    return new Revival(attachments, importer, this.#limits, this.#types).whole(json);
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
