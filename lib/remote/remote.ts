import type { CallOptions, Handler } from '../call/call.ts';
import { noOptions } from '../call/call-options.ts';
import { target } from '../call/target.ts';

/**
 * Dresses a handler as an object whose members can be called: `remote.add(2, 3)`, `remote.geometry.area(4)`,
 * `await remote.VERSION`.
 *
 * The object itself is never thenable, so that it can be returned from async functions; what is below it is, which is
 * how a value is read.
 */
export function makeRemote(handler: Handler, options: CallOptions = noOptions): object {
  return new Proxy(Object.create(null) as object, members(handler, options, []));
}

/** The part of a proxy that finds members by name, each made once. */
function members(handler: Handler, options: CallOptions, path: readonly string[]): ProxyHandler<object> {
  const known = new Map<string, object>();
  const thenable = path.length > 0;
  return {
    get(_, name) {
      if (typeof name === 'symbol') return undefined;
      if (name === 'then') return thenable ? reader(handler, options, path) : undefined;
      let member = known.get(name);
      if (member === undefined) known.set(name, (member = makeMember(handler, options, [...path, name])));
      return member;
    },
    // What looks like writing to the other side would change nothing there: it throws instead.
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    has: (_, name) => typeof name === 'string' && name !== 'then',
  };
}

function makeMember(handler: Handler, options: CallOptions, path: readonly string[]): object {
  const made = target(path);
  const call = (...args: readonly unknown[]): Promise<unknown> =>
    handler({ kind: 'call', target: made, args, options });
  return new Proxy(call, members(handler, options, path));
}

/** `then` of a member: what makes `await remote.VERSION` read it. */
function reader(
  handler: Handler,
  options: CallOptions,
  path: readonly string[],
): PromiseLike<unknown>['then'] {
  return (onValue, onReason) =>
    handler({ kind: 'get', target: target(path), args: [], options }).then(onValue, onReason);
}
