import type { Call, CallKind, CallOptions, Target, TargetBase } from '../call/call.ts';
import { noOptions } from '../call/call-options.ts';
import { contextSlot, inherited, type ContextSlot } from '../call/context.ts';
import { linkKey, type Link } from '../call/link.ts';
import type { Origin } from '../call/origin.ts';
import { target, targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { PendingResult } from './pending-result.ts';
import { iterable, type IterablePromise } from './iterable-result.ts';

/** What a remote and all below it have in common. */
interface Roots {
  readonly origin: Origin;
  readonly options: CallOptions;
  /** What calls inherit from the one in whose function they are made. */
  readonly context: ContextSlot;
  /** What paths start from; the exports where it is absent. */
  readonly base: TargetBase | undefined;
  /** Whether results can be used before they have arrived. */
  readonly pipelined: boolean;
}

/**
 * Dresses a handler as an object whose members can be called: `remote.add(2, 3)`, `remote.geometry.area(4)`,
 * `new remote.Counter(1)`, `await remote.VERSION`.
 *
 * The object itself is never thenable, so that it can be returned from async functions; what is below it is, which is
 * how a value is read.
 */
export function makeRemote(origin: Origin, options: CallOptions = noOptions): object {
  return dress({ origin, options, context: contextSlot(), base: undefined, pipelined: false }, false);
}

/** The same whose results can be used before they have arrived. */
export function makePipeline(origin: Origin, options: CallOptions = noOptions): object {
  return dress({ origin, options, context: contextSlot(), base: undefined, pipelined: true }, false);
}

/**
 * Dresses a reference that was received.
 *
 * @param callable - Whether it stands for a function.
 */
export function makeReference(
  origin: Origin,
  base: TargetBase,
  callable: boolean,
  options: CallOptions = noOptions,
): object {
  return dress({ origin, options, context: contextSlot(), base, pipelined: false }, callable);
}

/** The remote at the root of paths. */
function dress(roots: Roots, callable: boolean): object {
  if (callable) return new Proxy(caller(roots, []), members(roots, [], callable));
  return new Proxy(Object.create(null) as object, members(roots, [], callable));
}

/** The result of a call that is still under way, as something to make calls on. */
function pendingRemote(roots: Roots, base: PendingResult): object {
  const below: Roots = { ...roots, base };
  return new Proxy(caller(below, []), members(below, [], true));
}

/** The part of a proxy that finds members by name, each made once. */
function members(roots: Roots, path: readonly string[], callable: boolean): ProxyHandler<object> {
  const known = new Map<string, object>();
  const { base } = roots;
  const isPending = path.length === 0 && base instanceof PendingResult;
  const thenable = path.length > 0 || isPending;
  return {
    get(_, name, self) {
      if (typeof name === 'symbol') return wellKnown(roots, path, name, callable);
      if (name === 'then') return thenable ? reader(roots, path) : undefined;
      if (isPending && roots.pipelined && (name === 'catch' || name === 'finally'))
        return promiseMethod(roots, name);
      if (callable && !isPending && path.length === 0 && functionMethods.has(name))
        return Function.prototype[name as 'call'].bind(self);
      let member = known.get(name);
      if (member === undefined) known.set(name, (member = makeMember(roots, [...path, name])));
      return member;
    },
    construct: (_, args: readonly unknown[]) => started(roots, 'new', target(path, base), args),
    // What looks like writing to the other side would change nothing there: it throws instead.
    set(_, name) {
      throw new RpcError(
        'INVALID_ARGUMENT',
        `${targetName({ path: [...path, String(name)], base })} cannot be assigned from here: use ` +
          `assign(remote, { ${String(name)}: … }), which says when it is done`,
      );
    },
    defineProperty: () => false,
    deleteProperty: () => false,
    has: (_, name) => typeof name === 'string' && name !== 'then',
  };
}

// What a received function has like any other, so that it can be handed to code that uses them.
const functionMethods: ReadonlySet<string> = new Set(['call', 'apply', 'bind']);

function makeMember(roots: Roots, path: readonly string[]): object {
  return new Proxy(caller(roots, path), members(roots, path, true));
}

/** The function behind a proxy: calling it makes a call. A real function, so that `new` works on it too. */
function caller(roots: Roots, path: readonly string[]): object {
  const made = target(path, roots.base);
  const { origin, context, pipelined } = roots;
  return function call(...args: readonly unknown[]): unknown {
    if (pipelined) return started(roots, 'call', made, args);
    const options = context.hook === undefined ? roots.options : inherited(context, roots.options);
    return iterable(origin, { kind: 'call', target: made, args, options });
  };
}

/** Makes a call whose result can be used at once. */
function started(roots: Roots, kind: CallKind, made: Target, args: readonly unknown[]): object {
  const origin = roots.origin.pinned?.() ?? roots.origin;
  const keep = new PendingResult(origin, kind === 'new' ? targetName(made) : `${targetName(made)}()`);
  const call: Call = { kind, target: made, args, options: inherited(roots.context, roots.options), keep };
  keep.sending(origin.handler(call));
  return pendingRemote({ ...roots, origin }, keep);
}

/** `then` of a member or of a result under way: what makes `await remote.VERSION` read it. */
function reader(roots: Roots, path: readonly string[]): PromiseLike<unknown>['then'] {
  // oxlint-disable-next-line unicorn/no-thenable
  return (onValue, onReason) => read(roots, path).then(onValue, onReason);
}

function promiseMethod(roots: Roots, name: 'catch' | 'finally'): (run: never) => Promise<unknown> {
  return (run) => read(roots, [])[name](run);
}

function read({ origin, options, context, base }: Roots, path: readonly string[]): IterablePromise {
  const inheriting = inherited(context, options);
  const value = iterable(origin, { kind: 'get', target: target(path, base), args: [], options: inheriting });
  return path.length === 0 && base instanceof PendingResult ? base.becoming(value) : value;
}

function wellKnown(roots: Roots, path: readonly string[], name: symbol, callable: boolean): unknown {
  const { origin, base, pipelined } = roots;
  switch (name) {
    case linkKey:
      return linkOfRemote(roots, path, callable);
    case Symbol.dispose:
      return () => release(roots);
    case Symbol.asyncDispose:
      return async () => {
        release(roots);
        await origin.delivered();
      };
    case Symbol.asyncIterator:
      if (!pipelined || (path.length === 0 && base === undefined)) return undefined;
      return () => read(roots, path)[Symbol.asyncIterator]();
    case Symbol.toPrimitive:
      return () => `[remote ${targetName({ path, base })}]`;
    case Symbol.toStringTag:
      return 'Remote';
    default:
      return undefined;
  }
}

function linkOfRemote(roots: Roots, path: readonly string[], callable: boolean): Link {
  const { origin, options, base } = roots;
  return {
    owner: origin.owner,
    handler: origin.handler,
    target: target(path, base),
    options,
    with: (given) => {
      const changed: Roots = { ...roots, options: given };
      return path.length === 0 ? dress(changed, callable) : makeMember(changed, path);
    },
    release: () => release(roots),
  };
}

/** Of what starts from the exports there is nothing to release. */
function release({ origin, base }: Roots): void {
  if (base instanceof PendingResult) base.release();
  else if (base !== undefined) origin.release(base);
}
