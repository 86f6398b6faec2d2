import { invalidOption } from '../errors/invalid-option.ts';

const mark: unique symbol = Symbol.for('portcall.byReference') as never;

declare const passedByReference: unique symbol;

/**
 * An object that is passed by reference: what `byReference` gives.
 *
 * @example
 * ```ts
 * import { byReference, type ByReference } from 'portcall';
 *
 * const settings: ByReference<{ theme: string }> = byReference({ theme: 'dark' });
 * console.log(settings.theme);
 * ```
 */
export type ByReference<T extends object> = T & {
  /** What it is; only the compiler sees it. */
  readonly [passedByReference]?: T;
};

/** What a marked object is to the other side a remote of; `never` for a type that is not marked. */
export type Referenced<T> = typeof passedByReference extends keyof T
  ? T extends { readonly [passedByReference]?: infer Marked }
    ? NonNullable<Marked>
    : never
  : never;

/**
 * Has an object passed by reference instead of by value: the other side gets a remote of it, whose members it can
 * call, read with `await` and set with `assign`.
 *
 * @param object - The object itself is marked, under a symbol; of a prototype, all that inherit from it are.
 * @returns The same object.
 * @throws RpcError `INVALID_OPTION` where it is no object, or is frozen
 *
 * @example
 * ```ts
 * import { byReference } from 'portcall';
 *
 * const counter = byReference({ count: 0, increment: () => ++counter.count });
 * export const getCounter = () => counter;
 * ```
 */
export function byReference<T extends object>(object: T): ByReference<T> {
  if (typeof object !== 'object' || object === null)
    throw invalidOption(
      'byReference(): object',
      object,
      'an object; functions are passed by reference as they are',
    );
  if (!Object.isExtensible(object))
    throw invalidOption('byReference(): object', object, 'marked before it is frozen or sealed');
  Object.defineProperty(object, mark, { value: true, configurable: true });
  return object;
}

/** Whether an object, or what it inherits from, was marked. */
export function isByReference(value: object): boolean {
  return (value as { readonly [mark]?: boolean })[mark] === true;
}
