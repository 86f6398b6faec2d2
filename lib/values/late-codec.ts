import type { TextLimits } from '../protocol/text-size.ts';
import type { Arrived, Codec, Encoded, Exporter, Importer } from './values.ts';

/** A codec whose types are still being loaded. Until it is told of them it is one that knows none. */
export class LateCodec implements Codec {
  #codec: Codec;
  #theirs: TextLimits | undefined;

  constructor(meanwhile: Codec) {
    this.#codec = meanwhile;
  }

  get form(): number {
    return this.#codec.form;
  }

  /** Everything has been loaded. */
  become(codec: Codec): void {
    if (this.#theirs !== undefined) codec.narrow(this.#theirs);
    this.#codec = codec;
  }

  narrow(theirs: TextLimits): void {
    this.#theirs = theirs;
    this.#codec.narrow(theirs);
  }

  short(value: unknown): string | undefined {
    return this.#codec.short(value);
  }

  encode(value: unknown, root: string, exporter: Exporter): Encoded {
    return this.#codec.encode(value, root, exporter);
  }

  encodeThrown(thrown: unknown, exporter: Exporter): Encoded {
    return this.#codec.encodeThrown(thrown, exporter);
  }

  decode(arrived: Arrived, importer: Importer): unknown {
    return this.#codec.decode(arrived, importer);
  }
}
