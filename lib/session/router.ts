import type { Target } from '../call/call.ts';
import { target as targetOf } from '../call/target.ts';
import { isByReference } from '../values/by-reference.ts';
import { isModule } from './members.ts';
import { notFound, routeFrom, type Route } from './routes.ts';
import type { Exposed } from './session-options.ts';

// Namespaces in namespaces are looked through for classes no deeper than this.
const deepestNamespace = 4;

/**
 * Finds what is exposed by name.
 *
 * The names at the root are a table of own enumerable data properties, made once: nothing inherited, no accessor, no
 * prototype is ever reached. What is below is told by `members.ts`.
 */
export class Router {
  readonly #root: Readonly<Record<string, unknown>>;
  readonly #what: string;
  #table: ReadonlySet<string> | undefined;
  #prototypes: ReadonlySet<unknown> | undefined;

  constructor({ api, what }: Exposed) {
    this.#root = api as Readonly<Record<string, unknown>>;
    this.#what = what;
  }

  /** What is exposed, which a remote of all of it stands for when it is sent home. */
  get root(): object {
    return this.#root;
  }

  /** What the root is called in error messages: the module's URL, or "the exposed object". */
  get what(): string {
    return this.#what;
  }

  /** The names at the root. */
  get names(): readonly string[] {
    return [...this.#names()];
  }

  /**
   * The route that a path leads to.
   *
   * @throws RpcError `METHOD_NOT_FOUND` naming the nearest name there is
   */
  route(path: readonly string[], wanted: Target = targetOf(path)): Route {
    const root = this.#root;
    if (isByReference(root))
      return routeFrom({ value: root, owner: undefined, what: this.#what }, wanted, this.isInstance);
    const [first] = path;
    const names = this.#names();
    if (first === undefined || !names.has(first)) throw notFound(this.#what, wanted, 0, [...names]);
    if (path.length === 1) return { target: wanted, owner: root, key: first, self: undefined };
    return routeFrom({ value: root[first], owner: root, what: this.#what }, wanted, this.isInstance, 1);
  }

  /** Whether an object is an instance of a class that is exposed, or of one that extends it. */
  readonly isInstance = (value: object): boolean => {
    this.#prototypes ??= prototypesIn(this.#root, this.#names(), 0);
    if (this.#prototypes.size === 0) return false;
    let above: unknown = Object.getPrototypeOf(value);
    for (; typeof above === 'object' && above !== null; above = Object.getPrototypeOf(above))
      if (this.#prototypes.has(above)) return true;
    return false;
  };

  #names(): ReadonlySet<string> {
    return (this.#table ??= tableOf(this.#root));
  }
}

function tableOf(owner: object): ReadonlySet<string> {
  // A module's export that is not initialised yet has no descriptor to read, only an error to throw.
  if (isModule(owner)) return new Set(Reflect.ownKeys(owner).filter((key) => typeof key === 'string'));
  const names = new Set<string>();
  for (const key of Object.keys(owner)) {
    if ('value' in (Object.getOwnPropertyDescriptor(owner, key) ?? {})) names.add(key);
  }
  return names;
}

/** The prototypes of the classes among the members of a namespace, and of those in it. */
function prototypesIn(
  owner: Readonly<Record<string, unknown>>,
  names: Iterable<string>,
  depth: number,
): Set<unknown> {
  const found = new Set<unknown>();
  for (const name of names) {
    const value = read(owner, name);
    if (typeof value === 'function') {
      // Of functions that are no classes, and of those the language brings along, nothing is an instance here.
      if (isClass(value)) found.add(value.prototype);
    } else if (depth < deepestNamespace && isNamespace(value)) {
      for (const prototype of prototypesIn(value, tableOf(value), depth + 1)) found.add(prototype);
    }
  }
  return found;
}

function read(owner: Readonly<Record<string, unknown>>, name: string): unknown {
  try {
    return owner[name];
  } catch {
    // Not initialised yet; nothing can be an instance of it.
    return undefined;
  }
}

function isClass(value: object): value is { readonly prototype: object } {
  const prototype: unknown = Object.getOwnPropertyDescriptor(value, 'prototype')?.value;
  if (typeof prototype !== 'object' || prototype === null || isNative(value)) return false;
  // Generator functions have a prototype too, but it does not lead back to them.
  return Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value === value;
}

function isNative(value: object): boolean {
  return Function.prototype.toString.call(value).endsWith('{ [native code] }');
}

function isNamespace(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
