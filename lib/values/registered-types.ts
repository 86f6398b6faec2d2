import { RpcError } from '../errors/rpc-error.ts';
import { invalidOption } from '../errors/invalid-option.ts';
import {
  isDefinedError,
  isDefinition,
  type DefinedError,
  type DefinedType,
  type Definition,
} from './definitions.ts';

/** The types and errors that one session knows beside the built-in ones. */
export interface RegisteredTypes {
  /** In the order in which they are asked. */
  readonly types: readonly DefinedType[];
  readonly typesByName: ReadonlyMap<string, DefinedType>;
  readonly errorsByName: ReadonlyMap<string, DefinedError>;
  readonly errorsByPrototype: ReadonlyMap<object, DefinedError>;
}

/**
 * A table of definitions.
 *
 * @param option - What they were passed as, for the message of an error.
 * @throws RpcError `INVALID_OPTION` where there is something else among them, or two have one name
 */
export function registeredTypes(option: string, definitions: readonly Definition[]): RegisteredTypes {
  const typesByName = new Map<string, DefinedType>();
  const errorsByName = new Map<string, DefinedError>();
  const errorsByPrototype = new Map<object, DefinedError>();
  for (const [index, given] of definitions.entries()) {
    if (!isDefinition(given))
      throw invalidOption(`${option}[${index}]`, given, 'what defineType() or defineError() gives');
    const { name } = given;
    const known = isDefinedError(given) ? errorsByName.get(name) : typesByName.get(name);
    if (known !== undefined && known !== given)
      throw new RpcError(
        'INVALID_OPTION',
        `${option}: there are two of the name ${JSON.stringify(name)}; give one of them another name`,
      );
    if (isDefinedError(given)) {
      errorsByName.set(name, given);
      errorsByPrototype.set(given.prototype, given);
    } else {
      typesByName.set(name, given);
    }
  }
  return { types: [...typesByName.values()], typesByName, errorsByName, errorsByPrototype };
}

/** What a session knows that was told nothing. */
export const noTypes: RegisteredTypes = registeredTypes('types', []);

/** The definition of the class an error is of, or of the closest above it. */
export function definedErrorOf(
  { errorsByPrototype }: RegisteredTypes,
  error: object,
): DefinedError | undefined {
  if (errorsByPrototype.size === 0) return undefined;
  let prototype: unknown = Object.getPrototypeOf(error);
  while (typeof prototype === 'object' && prototype !== null) {
    const defined = errorsByPrototype.get(prototype);
    if (defined !== undefined) return defined;
    prototype = Object.getPrototypeOf(prototype);
  }
  return undefined;
}
