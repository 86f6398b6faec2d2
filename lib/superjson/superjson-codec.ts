import { RpcError } from '../errors/rpc-error.ts';
import { Form } from '../protocol/protocol.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import { narrowed } from '../values/narrowed.ts';
import { withinElements } from '../values/element-budget.ts';
import { flatText, plainText } from '../values/flat-text.ts';
import type { RegisteredTypes } from '../values/registered-types.ts';
import { Revival } from '../values/revive.ts';
import { TaggedCodec } from '../values/tagged-codec.ts';
import { Unsendable } from '../values/unsendable.ts';
import type { Arrived, Codec, Encoded, Exporter, Importer, ValueLimits } from '../values/values.ts';
import { Walk } from '../values/walk.ts';
import { Beside, placeholders, UnsendablePart } from './beside.ts';
import { notJson } from './check-json.ts';
import { withTransformers, type SuperjsonInstance } from './instance.ts';
import { pathTo } from './path-to.ts';

/** Values by superjson, and by Portcall's own codec what superjson has no way to say. */
export class SuperjsonCodec implements Codec {
  readonly form: number = Form.superjson;
  readonly #instance: SuperjsonInstance;
  readonly #limits: ValueLimits;
  #writing: ValueLimits;
  readonly #types: RegisteredTypes;
  readonly #tagged: TaggedCodec;

  constructor(instance: SuperjsonInstance, limits: ValueLimits, types: RegisteredTypes) {
    this.#instance = instance;
    this.#limits = limits;
    this.#writing = limits;
    this.#types = types;
    this.#tagged = new TaggedCodec(limits, types);
  }

  narrow(theirs: TextLimits): void {
    this.#writing = narrowed(this.#limits, theirs);
    this.#tagged.narrow(theirs);
  }

  short(value: unknown): string | undefined {
    return flatText(value);
  }

  encode(value: unknown, root: string, exporter: Exporter): Encoded {
    const flat = flatText(value);
    if (flat !== undefined) return plainText(flat);
    const before = exporter.mark();
    try {
      const walk = new Walk(this.#writing, exporter, this.#types);
      const beside = new Beside(walk, this.#instance.customTransformerRegistry);
      const { json, meta } = withTransformers(this.#instance, beside).serialize(value);
      const wrong = notJson(json);
      if (wrong !== undefined) throw wrong.problem.toError(root, wrong.path);
      const plain = meta === undefined && beside.written.length === 0;
      const written = plain ? json : [json, meta ?? null, ...beside.written];
      const text = withinElements(JSON.stringify(written), this.#writing);
      return plain ? plainText(text) : { text, form: Form.superjson, attachments: walk.attachments };
    } catch (problem) {
      exporter.undo(before);
      throw explained(problem, value, root);
    }
  }

  encodeThrown(thrown: unknown, exporter: Exporter): Encoded {
    if (
      thrown instanceof Error ||
      (typeof thrown === 'object' && thrown !== null && exporter.reasonOf(thrown) !== undefined)
    )
      return this.#tagged.encodeThrown(thrown, exporter);
    try {
      return this.encode(thrown, 'error', exporter);
    } catch {
      return this.#tagged.encodeThrown(thrown, exporter);
    }
  }

  decode(arrived: Arrived, importer: Importer): unknown {
    if (arrived.form !== Form.superjson) return this.#tagged.decode(arrived, importer);
    if (!Array.isArray(arrived.json) || arrived.json.length < 2)
      throw new RpcError('PROTOCOL_ERROR', 'the other side sent a value that superjson has not written');
    const [json, meta, ...written] = arrived.json as readonly unknown[];
    const values = new Revival(arrived.attachments, importer, this.#limits, this.#types).each(written);
    const own = this.#instance.customTransformerRegistry;
    const reader = withTransformers(this.#instance, placeholders(values, own));
    try {
      // What JSON.parse has made belongs to nobody else.
      return reader.deserialize(meta === null ? { json } : { json, meta }, { inPlace: true });
    } catch (cause) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `superjson cannot read what the other side sent: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
  }
}

function explained(problem: unknown, value: unknown, root: string): RpcError {
  if (problem instanceof RpcError) return problem;
  if (problem instanceof Unsendable) return problem.toError(root, []);
  if (problem instanceof UnsendablePart) {
    const path = pathTo(value, (part) => part === problem.part) ?? [];
    return problem.problem.toError(root, [...path, ...problem.path]);
  }
  const key = pathTo(
    value,
    (_, step) => step === '__proto__' || step === 'constructor' || step === 'prototype',
  );
  if (key !== undefined)
    return new Unsendable('under a name that superjson refuses', 'rename it', problem).toError(root, key);
  return new Unsendable('a value that superjson cannot write', 'see the cause', problem).toError(root, []);
}
