import type { Target } from '../call/call.ts';
import { target as targetOf } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { maxNumberedChars, maxNumberedNames, type Message } from '../protocol/protocol.ts';
import type { Kept } from './kept-results.ts';
import { routeFrom, type Route } from './routes.ts';
import type { SharedObjects } from './shared-objects.ts';
import type { Exposed } from './session-options.ts';

/** Finds what the targets in the other side's messages lead to. */
export class Targets {
  readonly #objects: SharedObjects;
  // Paths by the number that the other side has given them, and where they lead; an error for nowhere.
  readonly #paths: (readonly string[])[] = [];
  #numbered: (Route | RpcError)[] = [];

  constructor(objects: SharedObjects) {
    this.#objects = objects;
  }

  /** What the root is called in error messages. */
  get what(): string {
    return this.#objects.router.what;
  }

  /** Sets what can be called. Names that were numbered before lead to the new object from now on. */
  expose(exposed: Exposed): void {
    this.#objects.expose(exposed);
    this.#numbered = this.#paths.map((path) => this.#fixed(path));
  }

  /** The other side gives a target a number. */
  named([, number, path]: Message): void {
    if (number !== this.#numbered.length || this.#numbered.length >= maxNumberedNames || !isPath(path)) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side numbered a name out of order: ${JSON.stringify([number, path])}`,
      );
    }
    const { length } = JSON.stringify(path);
    if (length > maxNumberedChars) {
      throw new RpcError(
        'PROTOCOL_ERROR',
        `the other side numbered a name of ${length} characters; more than ${maxNumberedChars} are written out in each call`,
      );
    }
    this.#paths.push(path);
    this.#numbered.push(this.#fixed(path));
  }

  /**
   * The route that a target leads to.
   *
   * @throws RpcError `METHOD_NOT_FOUND`, `REFERENCE_RELEASED`, `PROTOCOL_ERROR`; a `KeptFailure`
   */
  find(wanted: unknown): Route {
    if (typeof wanted === 'number') {
      const route = this.#numbered[wanted];
      if (route === undefined) throw noTarget(wanted);
      if (route instanceof RpcError) throw route;
      // What lies behind a getter or a variable may be another object by now.
      return route.target.path.length === 1
        ? route
        : this.#objects.router.route(route.target.path, route.target);
    }
    if (isPath(wanted)) return this.#objects.router.route(wanted);
    if (isBased(wanted)) {
      const [base, ...path] = wanted;
      const start = this.#objects.start(base);
      return routeFrom(start, targetOf(path, start.base), this.#objects.isInstance);
    }
    throw noTarget(wanted);
  }

  /** The route of a call as middleware hands it on. */
  findAgain(wanted: Target): Route {
    const { path, base } = wanted;
    if (base?.id === undefined) return this.#objects.router.route(path, wanted);
    return routeFrom(this.#objects.start(base.id), wanted, this.#objects.isInstance);
  }

  /** The results of calls still under way that a target or the arguments have to wait for. */
  unsettled(wanted: unknown, uses: readonly number[] | undefined): Kept[] {
    const ids = [...(uses ?? [])];
    if (isBased(wanted) && wanted[0] < 0) ids.push(-wanted[0]);
    return ids.map((id) => this.#objects.kept.find(id)).filter((kept) => kept.state === 'running');
  }

  #fixed(path: readonly string[]): Route | RpcError {
    try {
      return this.#objects.router.route(path);
    } catch (error) {
      // An export that is not initialised yet throws when it is passed through; the call looks again.
      if (error instanceof RpcError) return error;
      return { target: targetOf(path), owner: undefined, key: undefined, self: undefined };
    }
  }
}

function noTarget(wanted: unknown): RpcError {
  return new RpcError('PROTOCOL_ERROR', `there is no target ${JSON.stringify(wanted)}`);
}

function isPath(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');
}

function isBased(value: unknown): value is readonly [number, ...string[]] {
  return (
    Array.isArray(value) &&
    Number.isSafeInteger(value[0]) &&
    value[0] !== 0 &&
    value.every((name, place) => place === 0 || typeof name === 'string')
  );
}
