import type { Call } from '../call/call.ts';
import { noOptions } from '../call/call-options.ts';
import { target, targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { nearestName } from '../shared/nearest-name.ts';
import { calledByPortcall } from '../shared/own-frames.ts';

// Comlink follows any name. Here no name leads to what every object or function has, nor to what makes them: neither
// to a prototype, which could be polluted, nor to `constructor.constructor`, which runs any code.
const ofObjects: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  'prototype',
]);
const ofFunctions: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Function.prototype));

/**
 * Does to an exposed object what a call asks for.
 *
 * @throws RpcError `METHOD_NOT_FOUND`; whatever the object's own code throws
 */
export function perform(root: object, { kind, target: { path }, args }: Call): unknown {
  const owner = path.slice(0, -1).reduce<unknown>((object, _, depth) => read(object, path, depth), root);
  const depth = path.length - 1;
  if (kind === 'call' && isApply(owner, path, args)) {
    return perform(root, { kind, target: target(path.slice(0, -1)), args: args[1], options: noOptions });
  }
  const value = depth < 0 ? root : read(owner, path, depth);
  if (kind === 'set') {
    for (const [name, set] of Object.entries(args[0] as object)) write(value, [...path, name], set);
    return true;
  }
  if (kind === 'get') return value;
  if (typeof value !== 'function') {
    throw refusal(
      `${targetName({ path })} is ${describe(value)}, no ${kind === 'new' ? 'class' : 'function'}`,
    );
  }
  if (kind === 'new') return Reflect.construct(value, args) as unknown;
  return calledByPortcall(value as (...args: never[]) => unknown, depth < 0 ? undefined : owner, args);
}

/**
 * Whether a call is one that Comlink passes on for somebody else: it does so by the `apply` of its own remote, with an
 * owner that is none here.
 */
function isApply(
  owner: unknown,
  path: readonly string[],
  args: readonly unknown[],
): args is readonly [owner: unknown, args: readonly unknown[]] {
  return (
    typeof owner === 'function' && path.at(-1) === 'apply' && args.length === 2 && Array.isArray(args[1])
  );
}

function read(owner: unknown, path: readonly string[], depth: number): unknown {
  const name = path[depth]!;
  if (!isReachable(owner, name) || findProperty(owner, name) === undefined)
    throw notFound(owner, path, depth);
  return Reflect.get(owner, name);
}

/** Sets a property that is there: an own one, or one that a class has a setter for. */
function write(owner: unknown, path: readonly string[], value: unknown): void {
  const name = path.at(-1);
  // Comlink marks a remote of its own that is to be passed on by setting this, and means nobody by it.
  if (name === 'Symbol(Comlink.proxy)') return;
  const found = name === undefined || !isReachable(owner, name) ? undefined : findProperty(owner, name);
  if (name === undefined || found === undefined) throw notFound(owner, path, path.length - 1);
  const settable = found.property.set !== undefined || (found.own && found.property.writable === true);
  if (!settable || !Reflect.set(owner as object, name, value)) {
    throw refusal(`${targetName({ path })} cannot be set: it is read-only, or a method of its class`);
  }
}

function isReachable(owner: unknown, name: string): owner is object {
  if (typeof owner === 'function') return !ofObjects.has(name) && !ofFunctions.has(name);
  return typeof owner === 'object' && owner !== null && !ofObjects.has(name);
}

/** A property of the object itself or of its class, up to where all objects begin. */
function findProperty(
  object: object,
  name: string,
): { property: PropertyDescriptor; own: boolean } | undefined {
  let owner: object | null = object;
  while (owner !== null && owner !== Object.prototype && owner !== Function.prototype) {
    const property = Object.getOwnPropertyDescriptor(owner, name);
    if (property !== undefined) return { property, own: owner === object };
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return undefined;
}

function notFound(owner: unknown, path: readonly string[], depth: number): RpcError {
  const name = path[depth] ?? '';
  const where = depth <= 0 ? 'the exposed object' : targetName({ path: path.slice(0, depth) });
  const known = typeof owner === 'object' && owner !== null ? Object.keys(owner) : [];
  const near = nearestName(name, known);
  return refusal(
    `there is no ${describe(name)} in ${where}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}

function refusal(message: string): RpcError {
  return new RpcError('METHOD_NOT_FOUND', message, { delivery: 'not-sent' });
}
