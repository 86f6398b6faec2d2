import { targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { nearestName } from '../shared/nearest-name.ts';
import { hasMember, memberKind, memberNames } from './members.ts';
import { routeValue, type IsInstance, type Route } from './routes.ts';

/**
 * Sets properties of an object that is passed by reference: all of them, or none where one cannot be set.
 *
 * @param args - One object, with the new values under the names.
 * @returns What does it. That runs the object's setters, and throws what they throw.
 * @throws RpcError `METHOD_NOT_FOUND` where there is no such property, `INVALID_ARGUMENT` where it cannot be set
 */
export function assignMembers(
  route: Route,
  args: readonly unknown[],
  isInstance: IsInstance,
): () => undefined {
  const owner = routeValue(route);
  const where = targetName(route.target);
  if (memberKind(owner, isInstance) !== 'instance') {
    throw refused(`${where} is ${describe(owner)}, which is not passed by reference`);
  }
  const [values] = args;
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw refused('the new values have to be given as an object');
  const entries = Object.entries(values);
  for (const [name] of entries) checkSettable(owner as object, name, where);
  return () => {
    for (const [name, value] of entries) Reflect.set(owner as object, name, value);
    return undefined;
  };
}

function checkSettable(owner: object, name: string, where: string): void {
  if (!hasMember(owner, 'instance', name)) {
    const names = memberNames(owner, 'instance');
    const near = nearestName(name, names);
    throw new RpcError(
      'METHOD_NOT_FOUND',
      `there is no ${describe(name)} in ${where}; ${near === undefined ? `it has ${names.slice(0, 8).join(', ')}` : `did you mean ${near}?`}`,
      { delivery: 'not-sent' },
    );
  }
  const property = propertyOf(owner, name);
  const settable = property?.set !== undefined || property?.writable === true;
  // Methods are what a class is; they are not set from afar.
  if (!settable || (typeof property.value === 'function' && !Object.hasOwn(owner, name)))
    throw refused(`${name} of ${where} cannot be set`);
}

function propertyOf(owner: object, name: string): PropertyDescriptor | undefined {
  for (
    let from: unknown = owner;
    typeof from === 'object' && from !== null;
    from = Object.getPrototypeOf(from)
  ) {
    const property = Object.getOwnPropertyDescriptor(from, name);
    if (property !== undefined) return property;
  }
  return undefined;
}

function refused(why: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', why, { delivery: 'not-sent' });
}
