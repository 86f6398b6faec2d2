import type { BlockingHandler } from '../call/blocking.ts';
import type { CallOptions } from '../call/call.ts';
import { noOptions } from '../call/call-options.ts';
import { linkKey, type Link } from '../call/link.ts';
import type { Origin } from '../call/origin.ts';
import { target, targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';

/** What all members of one have in common. */
interface Roots {
  readonly origin: Origin;
  readonly blocking: BlockingHandler;
  readonly options: CallOptions;
}

/**
 * Dresses what makes blocking calls as an object whose members can be called: `sync.add(2, 3)`,
 * `sync.geometry.area(4)`. There is nothing to be awaited, and so nothing is thenable.
 *
 * @param origin - Where the same calls go that do not block.
 */
export function makeSyncRemote(
  origin: Origin,
  blocking: BlockingHandler,
  options: CallOptions = noOptions,
): object {
  return new Proxy(Object.create(null) as object, members({ origin, blocking, options }, []));
}

/** The part of a proxy that finds members by name, each made once. */
function members(roots: Roots, path: readonly string[]): ProxyHandler<object> {
  const known = new Map<string, object>();
  return {
    get(_, name) {
      if (name === linkKey) return linkOfMember(roots, path);
      if (name === Symbol.toStringTag) return 'Remote';
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let member = known.get(name);
      if (member === undefined) known.set(name, (member = makeMember(roots, [...path, name])));
      return member;
    },
    construct() {
      throw new RpcError(
        'INVALID_ARGUMENT',
        `new ${targetName({ path })}() was not sent: "sync" has functions only. Make instances with new on "remote"`,
        { delivery: 'not-sent' },
      );
    },
    set(_, name) {
      throw new RpcError(
        'INVALID_ARGUMENT',
        `${targetName({ path: [...path, String(name)] })} cannot be assigned from here: "sync" has functions only`,
      );
    },
    defineProperty: () => false,
    deleteProperty: () => false,
    has: (_, name) => typeof name === 'string' && name !== 'then',
  };
}

function makeMember(roots: Roots, path: readonly string[]): object {
  const { blocking, options } = roots;
  const made = target(path);
  // A real function, so that `new` on it is noticed.
  function call(...args: readonly unknown[]): unknown {
    return blocking({ kind: 'call', target: made, args, options }, call);
  }
  return new Proxy(call, members(roots, path));
}

function linkOfMember(roots: Roots, path: readonly string[]): Link {
  const { origin, blocking, options } = roots;
  return {
    owner: origin.owner,
    handler: origin.handler,
    target: target(path),
    options,
    with: (given) => {
      refuseUseless(given);
      const changed: Roots = { origin, blocking, options: given };
      return path.length === 0 ? makeSyncRemote(origin, blocking, given) : makeMember(changed, path);
    },
    release: () => {},
  };
}

function refuseUseless({ signal, oneway }: CallOptions): void {
  if (signal === undefined && oneway !== true) return;
  const why =
    signal === undefined
      ? 'oneway is for calls that wait for nothing: make them on "remote"'
      : 'signal cannot abort a call that blocks this thread: use timeoutMs';
  throw new RpcError('INVALID_OPTION', `withOptions(): ${why}`);
}
