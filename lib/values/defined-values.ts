import { linkOf } from '../call/link.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { isByReference } from './by-reference.ts';
import type { DefinedType } from './definitions.ts';
import type { RegisteredTypes } from './registered-types.ts';
import { Tag } from './tags.ts';
import { Unsendable } from './unsendable.ts';
import type { Writing } from './writing.ts';

/** The registered type an object is of. What was marked by hand, and remotes, are of none. */
export function definedTypeOf({ types }: RegisteredTypes, value: object): DefinedType | undefined {
  if (types.length === 0 || linkOf(value) !== undefined || isByReference(value)) return undefined;
  return types.find((type) => {
    try {
      return type.is(value);
    } catch (cause) {
      throw new Unsendable(`${describe(value)} at which the is() of type ${type.name} threw`, advice, cause);
    }
  });
}

const advice = 'see the cause';

/** Writes what a type gives for an instance. */
export function tagDefined(walk: Writing, value: object, type: DefinedType): unknown {
  let plain: unknown;
  try {
    plain = type.toPlain(value);
  } catch (cause) {
    throw new Unsendable(
      `${describe(value)} at which the toPlain() of type ${type.name} threw`,
      advice,
      cause,
    );
  }
  return walk.tag(Tag.type, type.name, walk.instead(value, plain));
}

/**
 * Makes an instance again.
 *
 * @throws RpcError `PROTOCOL_ERROR` where the type cannot make anything of it
 */
export function instanceOf(type: DefinedType, plain: unknown): object {
  let instance: unknown;
  try {
    instance = type.fromPlain(plain);
  } catch (cause) {
    throw new RpcError(
      'PROTOCOL_ERROR',
      `the fromPlain() of type ${JSON.stringify(type.name)} threw at what the other side sent: ${messageOf(cause)}`,
      { cause },
    );
  }
  if (typeof instance === 'object' && instance !== null) return instance;
  throw new RpcError(
    'PROTOCOL_ERROR',
    `the fromPlain() of type ${JSON.stringify(type.name)} returned ${describe(instance)} instead of an object`,
  );
}

/** The error for a type that the other side has and this one has not. */
export function unknownType(name: string): RpcError {
  return new RpcError(
    'PROTOCOL_ERROR',
    `the other side sent an instance of type ${JSON.stringify(name)}, which is not registered at the receiving side; ` +
      'give its definition to both sides, with the option types',
  );
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : describe(thrown);
}
