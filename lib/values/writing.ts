import type { RegisteredTypes } from './registered-types.ts';
import type { Exporter } from './values.ts';

/** Where a pass over a value stood, to go back to after a part turned out not to be sendable. */
export interface Checkpoint {
  readonly depth: number;
  readonly met: number;
  readonly attached: number;
  readonly exported: number;
}

/** A value that is being written, as those see it who write one kind of object. */
export interface Writing {
  readonly exporter: Exporter;
  readonly types: RegisteredTypes;
  /** A tagged value. */
  tag(tag: number, ...fields: readonly unknown[]): readonly unknown[];
  /** What stands for something else in the place of an object, which cannot be met again within it. */
  instead(object: object, value: unknown): unknown;
  /** What stands for a value one step further down. */
  child(step: string | number, value: unknown): unknown;
  /** An array, whatever it holds. */
  array(list: readonly unknown[]): unknown;
  /** The items of a set, each on its own. */
  items(list: readonly unknown[]): unknown[];
  /** An object's own enumerable properties under string keys. */
  properties(object: object): Record<string, unknown>;
  /**
   * Adds some bytes to what travels beside the text: a copy, unless their memory is to be moved. Returns the index there.
   */
  attach(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): number;
  /** Adds an object that the channel carries as itself, or finds it. Returns its index there. */
  carry(object: object): number;
  checkpoint(): Checkpoint;
  /** Forgets what was met since the checkpoint, none of which will be in the text. */
  rollBack(to: Checkpoint): void;
}
