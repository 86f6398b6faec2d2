import { callable, text } from '../errors/check-options.ts';
import { invalidOption } from '../errors/invalid-option.ts';

const definition: unique symbol = Symbol.for('portcall.definition') as never;

/**
 * How instances of a class cross by value: what `defineType` and `defineError` give, for the option `types`.
 *
 * It belongs to no session until it is passed to one, and can be passed to many.
 *
 * @example
 * ```ts
 * import { defineError, type Definition } from 'portcall';
 *
 * export class OutOfStock extends Error {}
 * export const types: readonly Definition[] = [defineError(OutOfStock)];
 * ```
 */
export interface Definition {
  /** What it is called on the wire; the same on both sides. */
  readonly name: string;
  /** What tells it from other objects, and which of the two it is. */
  readonly [definition]: 'type' | 'error';
}

/** What {@link defineType} is told. */
export interface TypeDefinition<T extends object, Plain> {
  /** What the type is called on the wire; the same on both sides, and no other type's. */
  readonly name: string;
  /**
   * Whether a value is one. Asked about every object that is no plain object and no array, in the order in which the
   * types are given; the first that says yes has it.
   */
  is(value: object): value is T;
  /** What is sent for one: anything that can be sent, instances of registered types too. */
  toPlain(value: T): Plain;
  /** Makes one of what has arrived. */
  fromPlain(plain: Plain): T;
}

/** A definition with what it was told. */
export interface DefinedType extends Definition {
  is(value: object): boolean;
  toPlain(value: object): unknown;
  fromPlain(plain: unknown): unknown;
}

/** A definition with the class. */
export interface DefinedError extends Definition {
  readonly prototype: object;
}

/**
 * Says how instances of a class cross by value: as something that can be sent, from which the other side makes an
 * instance again. Both sides pass it as `types`, or launch with `types`, a module that exports it.
 *
 * An instance that is there twice arrives as one. It cannot hold itself, not even by way of others: it is made only
 * once all of its own data is there.
 *
 * @param type - Name, test, and the two ways.
 * @throws RpcError `INVALID_OPTION` where one of them is missing
 *
 * @example
 * ```ts
 * import { defineType } from 'portcall';
 *
 * export class Money {
 *   constructor(readonly cents: bigint, readonly currency: string) {}
 *   times(factor: bigint): Money {
 *     return new Money(this.cents * factor, this.currency);
 *   }
 * }
 *
 * export const money = defineType({
 *   name: 'Money',
 *   is: (value): value is Money => value instanceof Money,
 *   toPlain: ({ cents, currency }) => [cents, currency] as const,
 *   fromPlain: ([cents, currency]) => new Money(cents, currency),
 * });
 * ```
 */
export function defineType<T extends object, Plain>(type: TypeDefinition<T, Plain>): Definition {
  if (typeof type !== 'object' || type === null)
    throw invalidOption('defineType(): type', type, 'an object with name, is, toPlain and fromPlain');
  const { name } = type;
  checkName('defineType()', name);
  for (const method of ['is', 'toPlain', 'fromPlain'] as const)
    callable(`defineType(): ${method}`, type[method]);
  const defined: DefinedType = {
    name,
    is: (value) => type.is(value),
    toPlain: (value) => type.toPlain(value as T),
    fromPlain: (plain) => type.fromPlain(plain as Plain),
    [definition]: 'type',
  };
  return Object.freeze(defined);
}

/**
 * Says that errors of a class arrive as errors of that class, with name, message, stack, cause and own properties. Both
 * sides pass it as `types`, or launch with `types`, a module that exports it.
 *
 * The class's constructor does not run at the receiver: the error is made with the prototype and all that the sender's
 * had. Where the receiver has no such class, the error arrives as one of the closest built-in class.
 *
 * @param errorClass - Errors of classes that extend it arrive as this one, unless they are defined themselves.
 * @param name - What it is called on the wire; the same on both sides. The class's own name where it is left out, which
 * a bundler may have changed.
 * @throws RpcError `INVALID_OPTION` where it is no class of errors, or has no name
 *
 * @example
 * ```ts
 * import { defineError } from 'portcall';
 *
 * export class OutOfStock extends Error {
 *   constructor(readonly item: string) {
 *     super(`${item} is out of stock`);
 *   }
 * }
 *
 * export const outOfStock = defineError(OutOfStock);
 * ```
 */
export function defineError(errorClass: abstract new (...args: never) => Error, name?: string): Definition {
  const prototype: unknown = typeof errorClass === 'function' ? errorClass.prototype : undefined;
  if (!(prototype instanceof Error))
    throw invalidOption('defineError(): errorClass', errorClass, 'a class that extends Error');
  const wireName = name ?? errorClass.name;
  checkName('defineError()', wireName);
  const defined: DefinedError = { name: wireName, prototype, [definition]: 'error' };
  return Object.freeze(defined);
}

/** Whether something is a definition, of this copy of the package or another. */
export function isDefinition(value: unknown): value is DefinedType | DefinedError {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, definition);
}

/** Whether a definition is one of errors. */
export function isDefinedError(defined: DefinedType | DefinedError): defined is DefinedError {
  return defined[definition] === 'error';
}

function checkName(where: string, name: unknown): void {
  text(`${where}: name`, name);
  if (name === '') throw invalidOption(`${where}: name`, name, 'a name that is not empty');
}
