import type { Call, CallOptions, Handler } from '../call/call.ts';
import { noOptions } from '../call/call-options.ts';
import { linkKey, type Link as CoreLink } from '../call/link.ts';
import { target, targetName } from '../call/target.ts';
import { isCreateEndpoint, isReleaseProxy } from './markers.ts';

/** What a remote is one end of. Every member of a remote holds it: once nobody does, the object can be let go. */
export interface Link {
  readonly handler: Handler;
  /** Asks for another port to the same object. */
  readonly endpoint: () => Promise<unknown>;
  /** Lets the object go. */
  readonly release: () => Promise<void>;
  /** Told of what nothing rejects with: that a property could not be set. */
  readonly onError: (error: unknown) => void;
}

const link: unique symbol = Symbol('link');

const forward: unique symbol = Symbol('forward');

/** What is behind a remote of this protocol; `undefined` for everything else. */
export function linkOf(value: unknown): Link | undefined {
  return typeof value === 'function' && link in value ? (value[link] as Link) : undefined;
}

/** What makes calls on a remote of this protocol, or on what one of its members leads to. */
export function handlerOf(value: unknown): Handler | undefined {
  return typeof value === 'function' && forward in value ? (value[forward] as Handler) : undefined;
}

/**
 * Dresses what is at the other side as an object whose members are called, read, set, and made with `new`.
 *
 * Unlike a remote of Portcall's own protocol it can be called itself: what Comlink exposes may be a function or a class.
 */
export function comlinkRemote(to: Link, options: CallOptions): object {
  return member(to, options, []);
}

function member(to: Link, options: CallOptions, path: readonly string[], promise?: Promise<unknown>): object {
  const known = new Map<string, object>();
  const root = path.length === 0;
  const own = target(path);
  const make = (kind: Call['kind'], args: readonly unknown[], on = own): Promise<unknown> =>
    to.handler({ kind, target: on, args, options });
  // A function that can be called and constructed, so that its Proxy can.
  return new Proxy(function remote() {}, {
    get(_, name) {
      if (name === forward) return root ? to.handler : below(to.handler, path);
      // Or to print one would call `valueOf` and `toString` at the other side.
      if (name === Symbol.toPrimitive) return () => `[${targetName({ path })}]`;
      if (name === linkKey) return coreLink(to, options, path);
      if (typeof name === 'symbol') return root ? rootMember(to, name) : undefined;
      if (name === 'then') {
        if (promise !== undefined) return promise.then.bind(promise);
        if (root) return undefined;
        const then: PromiseLike<unknown>['then'] = (onValue, onReason) =>
          make('get', []).then(onValue, onReason);
        return then;
      }
      let found = known.get(name);
      if (found === undefined) known.set(name, (found = member(to, options, [...path, name])));
      return found;
    },
    set(_, name, value) {
      if (typeof name === 'symbol') return false;
      // As with Comlink, setting does not wait; calls made after it find the new value.
      make('set', [{ [name]: value }]).catch(to.onError);
      return true;
    },
    apply: (_, __, args: readonly unknown[]) => make('call', args),
    construct: (_, args: readonly unknown[]) => pending(make('new', args), to),
    defineProperty: () => false,
    deleteProperty: () => false,
    has: (_, name) =>
      typeof name === 'string' ? name !== 'then' : name === forward || (name === link && root),
  });
}

/** What `assign`, `withOptions` and `release` look for. */
function coreLink(to: Link, options: CallOptions, path: readonly string[]): CoreLink {
  return {
    owner: to,
    handler: to.handler,
    target: target(path),
    options,
    with: (changed) => member(to, changed, path),
    release: () => {
      to.release().catch(to.onError);
    },
  };
}

/** Makes calls on what a path leads to. */
function below(handler: Handler, path: readonly string[]): Handler {
  return (call) => handler({ ...call, target: target([...path, ...call.target.path]) });
}

function rootMember(to: Link, name: symbol): unknown {
  if (name === link) return to;
  if (name === Symbol.asyncDispose) return to.release;
  if (name === Symbol.dispose || isReleaseProxy(name)) return () => void to.release();
  if (isCreateEndpoint(name)) return to.endpoint;
  return undefined;
}

/** An instance that may not be there yet: its members can be called at once, and `await` gives it. */
function pending(instance: Promise<unknown>, { onError }: Link): object {
  const made = async (): Promise<Link> => linkOf(await instance)!;
  return member(
    {
      handler: async (call) => (await made()).handler(call),
      endpoint: async () => (await made()).endpoint(),
      release: async () => (await made()).release(),
      onError,
    },
    noOptions,
    [],
    instance,
  );
}
