import { isByReference } from '../values/by-reference.ts';

/**
 * Which members of an object the other side may name. Everything else about an object does not exist for it.
 *
 * - a module: its exports
 * - a plain object or an array: its own enumerable data properties, and the length of an array
 * - an instance, or whatever is passed by reference: its own enumerable properties, and what its class and those above
 *   declare, up to and without Object.prototype, whose names are never reached
 * - a function, or a class: its own properties, and those of the classes above
 */
export type MemberKind = 'module' | 'plain' | 'instance' | 'function';

/** What kind an object is; `undefined` for one that has no members for the other side. */
export function memberKind(value: unknown, isInstance: (value: object) => boolean): MemberKind | undefined {
  if (typeof value === 'function') return 'function';
  if (typeof value !== 'object' || value === null) return undefined;
  if (isByReference(value)) return 'instance';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype) return 'plain';
  if (prototype === null) return isModule(value) ? 'module' : 'plain';
  return isInstance(value) ? 'instance' : undefined;
}

/** Whether the other side may name this member. Runs no code of the object's. */
export function hasMember(owner: object, kind: MemberKind, name: string): boolean {
  switch (kind) {
    case 'module':
      return Object.hasOwn(owner, name);
    case 'plain':
      return isPlainMember(owner, name);
    case 'instance':
      return isInstanceMember(owner, name);
    case 'function':
      return isFunctionMember(owner, name);
  }
}

/** The names of an object's members, for error messages. */
export function memberNames(owner: object, kind: MemberKind): string[] {
  const names = new Set<string>();
  const top = kind === 'function' ? Function.prototype : Object.prototype;
  const last = kind === 'instance' || kind === 'function' ? top : Object.getPrototypeOf(owner);
  for (let from: unknown = owner; isObject(from) && from !== last; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) if (hasMember(owner, kind, name)) names.add(name);
  }
  return [...names];
}

export function isModule(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Module]';
}

function isPlainMember(owner: object, name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(owner, name);
  if (property === undefined || !('value' in property)) return false;
  return property.enumerable === true || (name === 'length' && Array.isArray(owner));
}

function isInstanceMember(owner: object, name: string): boolean {
  // Whatever a class makes of them: `constructor`, `toString`, `__proto__` and their like are never reached.
  if (name in Object.prototype) return false;
  if (Object.hasOwn(owner, name))
    return Object.getOwnPropertyDescriptor(owner, name)?.enumerable === true || Array.isArray(owner);
  for (
    let above: unknown = Object.getPrototypeOf(owner);
    isObject(above) && above !== Object.prototype;
    above = Object.getPrototypeOf(above)
  ) {
    if (Object.hasOwn(above, name)) return true;
  }
  return false;
}

const functionFields: ReadonlySet<string> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

function isFunctionMember(owner: object, name: string): boolean {
  if (functionFields.has(name) || name in Object.prototype) return false;
  for (let from: unknown = owner; isObject(from); from = Object.getPrototypeOf(from)) {
    if (from === Function.prototype || from === Object.prototype) return false;
    // The intrinsic above generators and async functions belongs to the language, not to the class.
    if (from !== owner && typeof from !== 'function') return false;
    if (Object.hasOwn(from, name)) return true;
  }
  return false;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
