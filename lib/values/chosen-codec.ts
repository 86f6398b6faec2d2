import { noTypes, type RegisteredTypes } from './registered-types.ts';
import { TaggedCodec } from './tagged-codec.ts';
import type { Codec, ValueLimits } from './values.ts';

const choice: unique symbol = Symbol.for('portcall.codec') as never;

/** Makes the codec of one session. */
export type MakeCodec = (limits: ValueLimits, types: RegisteredTypes) => Codec;

/**
 * How the values of a session are written, where that is not Portcall's own way: for the option `codec`. Both sides
 * have to choose the same.
 *
 * @example
 * ```ts
 * import { connect, type ChosenCodec, type Channel } from 'portcall';
 * import { superjson } from 'portcall/superjson';
 *
 * declare const channel: Channel;
 * const codec: ChosenCodec = superjson();
 * const session = connect(channel, { codec });
 * ```
 */
export interface ChosenCodec {
  /** What it is called in error messages. */
  readonly name: string;
  /** What tells it from other objects. */
  readonly [choice]: unknown;
}

/** A codec to be chosen. */
export function chosenCodec(name: string, make: MakeCodec): ChosenCodec {
  return Object.freeze({ name, [choice]: make });
}

/** Whether something is a codec to be chosen, of this copy of the package or another. */
export function isChosenCodec(value: unknown): value is ChosenCodec {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, choice);
}

/** The codec of a session: Portcall's own, unless another was chosen. */
export function makeCodec(
  limits: ValueLimits,
  types: RegisteredTypes = noTypes,
  chosen?: ChosenCodec,
): Codec {
  return chosen === undefined ? new TaggedCodec(limits, types) : (chosen[choice] as MakeCodec)(limits, types);
}
