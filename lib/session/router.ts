import { targetName } from '../call/target.ts';
import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { nearestName } from '../shared/nearest-name.ts';

/** What a name leads to: a property of an object that was exposed. */
export interface Route {
  readonly owner: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly path: readonly string[];
}

/**
 * Finds what is exposed by name.
 *
 * Names from the wire are looked up in tables of own enumerable data properties and nowhere else: nothing inherited,
 * no accessor, no prototype is ever reached.
 */
export class Router {
  readonly #root: Readonly<Record<string, unknown>>;
  readonly #what: string;
  readonly #tables = new Map<object, ReadonlySet<string>>();

  /**
   * @param exposed - A module or a plain object.
   * @param what - What it is called in error messages: the module's URL, or "the exposed object".
   */
  constructor(exposed: object, what: string) {
    this.#root = exposed as Readonly<Record<string, unknown>>;
    this.#what = what;
  }

  /** The names at the root. */
  get names(): readonly string[] {
    return [...this.#table(this.#root)];
  }

  /**
   * The route that a path leads to.
   *
   * @throws RpcError `METHOD_NOT_FOUND` naming the nearest name there is
   */
  route(path: readonly string[]): Route {
    let owner = this.#root;
    for (let depth = 0; ; depth++) {
      const key = path[depth];
      const table = this.#table(owner);
      if (key === undefined || !table.has(key)) throw this.#notFound(path, depth, table);
      if (depth === path.length - 1) return { owner, key, path };
      const next = owner[key];
      if (!isNamespace(next)) throw this.#notFound(path, depth + 1, noNames);
      owner = next;
    }
  }

  /**
   * What a route calls.
   *
   * @throws RpcError `METHOD_NOT_FOUND` where it is no function
   */
  method(route: Route): (...args: never[]) => unknown {
    // Read at each call: an export can be bound again.
    const method = route.owner[route.key];
    if (typeof method === 'function') return method as (...args: never[]) => unknown;
    const name = targetName(route.path);
    throw new RpcError(
      'METHOD_NOT_FOUND',
      `${name} in ${this.#what} is ${describe(method)}, no function; read it with "await remote.${name}"`,
      { delivery: 'not-sent' },
    );
  }

  #table(owner: object): ReadonlySet<string> {
    let table = this.#tables.get(owner);
    if (table === undefined) this.#tables.set(owner, (table = tableOf(owner)));
    return table;
  }

  #notFound(path: readonly string[], depth: number, table: ReadonlySet<string>): RpcError {
    const missing = path[depth];
    const where = depth === 0 ? this.#what : `${targetName(path.slice(0, depth))} in ${this.#what}`;
    const near = missing === undefined ? undefined : nearestName(missing, table);
    const exported = [...table].slice(0, 8);
    let advice = near === undefined ? `it has ${exported.join(', ') || 'no names'}` : `did you mean ${near}?`;
    if (near === undefined && table.size > exported.length) advice += ', …';
    return new RpcError('METHOD_NOT_FOUND', `there is no ${describe(missing ?? '')} in ${where}; ${advice}`, {
      delivery: 'not-sent',
    });
  }
}

const noNames: ReadonlySet<string> = new Set();

function tableOf(owner: object): ReadonlySet<string> {
  // A module's export that is not initialised yet has no descriptor to read, only an error to throw.
  if (isModule(owner)) return new Set(Reflect.ownKeys(owner).filter((key) => typeof key === 'string'));
  const names = new Set<string>();
  for (const key of Object.keys(owner)) {
    if ('value' in (Object.getOwnPropertyDescriptor(owner, key) ?? {})) names.add(key);
  }
  return names;
}

/** Something whose members can be named: a plain object or a module, never a class instance or a function. */
function isNamespace(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isModule(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Module]';
}
