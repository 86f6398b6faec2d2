import type { Call, CallOptions, Target } from '../call/call.ts';
import { linkOf, type Link } from '../call/link.ts';
import { target, targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { nearestName } from '../shared/nearest-name.ts';
import { hasMember, memberKind, memberNames } from './members.ts';

/** What a target from the wire leads to at this side. */
export interface Route {
  /** What it is called, and where a path of names leads on from. */
  readonly target: Target;
  /** What a function is called on, and whose member is read. */
  readonly owner: unknown;
  /** The name of the member; `undefined` where the path is empty and `self` is meant. */
  readonly key: string | undefined;
  readonly self: unknown;
  /** Where the path leads into a remote of another session: that, and the rest of the path. */
  readonly forward?: { readonly link: Link; readonly rest: readonly string[] } | undefined;
}

/** Where a path starts. */
export interface Start {
  readonly value: unknown;
  /** What `value` itself is called on, where it is a function. */
  readonly owner: unknown;
  /** What it is called in error messages: a module's URL, the name of a class. */
  readonly what: string;
}

/** How objects are told apart that have members. */
export type IsInstance = (value: object) => boolean;

/**
 * The route along a path of names, each of which has to be a member of what is before it; see `members.ts`.
 *
 * @param from - How many names of the path lead to the start itself.
 * @throws RpcError `METHOD_NOT_FOUND` naming the nearest name there is
 */
export function routeFrom(start: Start, wanted: Target, isInstance: IsInstance, from = 0): Route {
  const { path } = wanted;
  let { value, owner } = start;
  for (let depth = from; depth < path.length; depth++) {
    const link = linkOf(value);
    if (link !== undefined)
      return {
        target: wanted,
        owner,
        key: undefined,
        self: value,
        forward: { link, rest: path.slice(depth) },
      };
    const key = path[depth]!;
    const kind = memberKind(value, isInstance);
    if (kind === undefined || !hasMember(value as object, kind, key)) {
      const names = kind === undefined ? [] : memberNames(value as object, kind);
      throw notFound(start.what, wanted, depth, names);
    }
    owner = value;
    if (depth === path.length - 1) return { target: wanted, owner, key, self: undefined };
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  const link = linkOf(value);
  if (link === undefined) return { target: wanted, owner, key: undefined, self: value };
  return { target: wanted, owner, key: undefined, self: value, forward: { link, rest: [] } };
}

/** What is there now: an export can be bound again. */
export function routeValue(route: Route): unknown {
  return route.key === undefined ? route.self : (route.owner as Readonly<Record<string, unknown>>)[route.key];
}

/**
 * The function that a route leads to.
 *
 * @throws RpcError `METHOD_NOT_FOUND` where it is none
 */
export function routeMethod(route: Route, what: string): (...args: never[]) => unknown {
  const method = routeValue(route);
  if (typeof method === 'function') return method as (...args: never[]) => unknown;
  const name = targetName(route.target);
  throw new RpcError(
    'METHOD_NOT_FOUND',
    `${name} in ${what} is ${describe(method)}, no function; read it with "await ${
      route.target.base === undefined ? 'remote.' : ''
    }${name}"`,
    { delivery: 'not-sent' },
  );
}

/**
 * A call that goes on to another session, as that is to make it.
 *
 * @param options - What the caller has said; it goes before what the remote has of its own.
 */
export function forwarded(
  { link, rest }: NonNullable<Route['forward']>,
  kind: Call['kind'],
  args: readonly unknown[],
  options: CallOptions,
): Promise<unknown> {
  const { path, base } = link.target;
  return link.handler({
    kind,
    target: target([...path, ...rest], base),
    args,
    options: { ...link.options, ...options, signal: either(link.options.signal, options.signal) },
  });
}

/** The error for a name that leads nowhere, with what could have been meant. */
export function notFound(what: string, wanted: Target, depth: number, names: readonly string[]): RpcError {
  const missing = wanted.path[depth] ?? '';
  const before = { path: wanted.path.slice(0, depth), base: wanted.base };
  const where =
    depth > 0 && wanted.base === undefined
      ? `${targetName(before)} in ${what}`
      : depth > 0
        ? targetName(before)
        : what;
  const near = nearestName(missing, names);
  const shown = names.slice(0, 8);
  let advice = near === undefined ? `it has ${shown.join(', ') || 'no names'}` : `did you mean ${near}?`;
  if (near === undefined && names.length > shown.length) advice += ', …';
  return new RpcError('METHOD_NOT_FOUND', `there is no ${describe(missing)} in ${where}; ${advice}`, {
    delivery: 'not-sent',
  });
}

/** Aborts when the first of two signals does. */
function either(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other]);
}
