import type { Call, CallKind, CallOptions, Handler } from '../call/call.ts';
import { compose } from '../middleware/compose.ts';
import type { Middleware } from '../middleware/middleware.ts';
import { Code, type Extras } from '../protocol/protocol.ts';
import { calledByPortcall } from '../shared/own-frames.ts';
import { assignMembers } from './assign-members.ts';
import type { Cancellation } from './cancellation.ts';
import { forwarded, routeMethod, routeValue, type Route } from './routes.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Targets } from './targets.ts';

/** What is left of a call once everything has been checked: running it. */
export type Invocation = () => unknown;

const kinds: ReadonlyMap<number, CallKind> = new Map<number, CallKind>([
  [Code.call, 'call'],
  [Code.get, 'get'],
  [Code.new, 'new'],
  [Code.set, 'set'],
]);

/** Runs what calls lead to, through the middleware where there is some. */
export class Invocations {
  readonly #objects: SharedObjects;
  readonly #targets: Targets;
  readonly #middleware: readonly Middleware[];
  #handler: Handler | undefined;

  constructor(objects: SharedObjects, targets: Targets, middleware: readonly Middleware[]) {
    this.#objects = objects;
    this.#targets = targets;
    this.#middleware = middleware;
    this.wrap([]);
  }

  /** Sets what goes around the calls beside the middleware of the session. */
  wrap(middleware: readonly Middleware[]): void {
    const around = [...this.#middleware, ...middleware];
    this.#objects.guarded = around.length > 0;
    // Without middleware a call goes straight to its function, and nothing is made to describe it.
    this.#handler = around.length === 0 ? undefined : compose(around, (call) => this.#served(call));
  }

  /**
   * Everything that can be said against a call before its function runs. What is thrown here is Portcall's own answer;
   * what the invocation throws is the user's.
   *
   * @param cancellation - What the middleware is told by that nobody waits for the call any more.
   * @throws RpcError `METHOD_NOT_FOUND`, `INVALID_ARGUMENT`
   */
  prepare(
    code: number,
    route: Route,
    args: readonly unknown[],
    extras: Extras | undefined,
    cancellation: Cancellation | undefined,
  ): Invocation {
    const kind = kinds.get(code)!;
    if (this.#handler !== undefined) {
      const call = servedCall(kind, route, args, extras, cancellation);
      return () => this.#handler?.(call);
    }
    return this.#invocation(kind, route, args, extras);
  }

  #invocation(
    kind: CallKind,
    route: Route,
    args: readonly unknown[],
    extras: Extras | undefined,
  ): Invocation {
    const { forward, owner } = route;
    if (forward !== undefined) return () => forwarded(forward, kind, args, optionsOf(extras));
    switch (kind) {
      case 'get':
        return () => routeValue(route);
      case 'call': {
        const method = routeMethod(route, this.#targets.what);
        return () => calledByPortcall(method, owner, args);
      }
      case 'new': {
        const made = routeMethod(route, this.#targets.what);
        return () => this.#make(made, args);
      }
      case 'set':
        return assignMembers(route, args, this.#objects.isInstance);
    }
  }

  #make(maker: (...args: never[]) => unknown, args: readonly unknown[]): unknown {
    const instance = Reflect.construct(maker, args) as object;
    // What a function returns instead of an instance of its own is like any other result.
    const { prototype } = maker as { prototype?: unknown };
    if (Object.prototype.isPrototypeOf.call(prototype ?? {}, instance)) this.#objects.made(instance);
    return instance;
  }

  /** The end of the middleware, which may have changed the call on its way. */
  async #served(call: Call): Promise<unknown> {
    const { route, cancellation } = (call as ServedCall)[served] ?? {};
    // Middleware took its time, and the function has not begun.
    if (cancellation?.aborted === true) throw cancellation.signal.reason;
    const found = route?.target === call.target ? route : this.#targets.findAgain(call.target);
    if (found.forward !== undefined) return forwarded(found.forward, call.kind, call.args, call.options);
    return this.#invocation(call.kind, found, call.args, undefined)();
  }
}

// What is known of a call: kept on it while middleware hands it on.
const served: unique symbol = Symbol('served');

interface ServedCall extends Call {
  readonly [served]?: {
    /** Where it has been found to lead. */
    readonly route: Route;
    readonly cancellation: Cancellation | undefined;
  };
}

/** A call as middleware at the callee sees it. */
function servedCall(
  kind: CallKind,
  route: Route,
  args: readonly unknown[],
  extras: Extras | undefined,
  cancellation: Cancellation | undefined,
): ServedCall {
  const options: CallOptions = {
    ...optionsOf(extras),
    get signal() {
      return cancellation?.signal;
    },
  };
  return { kind, target: route.target, args, options, [served]: { route, cancellation } };
}

function optionsOf(extras: Extras | undefined): CallOptions {
  const { timeoutMs, metadata } = extras ?? {};
  // From the wire: what is no such thing is left out, and reaches neither middleware nor another session.
  return {
    ...(typeof timeoutMs === 'number' && timeoutMs >= 0 && { timeoutMs }),
    ...(typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) && { metadata }),
  };
}
