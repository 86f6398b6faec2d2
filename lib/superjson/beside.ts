import { linkOf } from '../call/link.ts';
import { isByReference } from '../values/by-reference.ts';
import { Unsendable, type Path } from '../values/unsendable.ts';
import type { Walk } from '../values/walk.ts';
import type { CustomTransformer, SuperjsonInstance } from './instance.ts';

type Transformers = SuperjsonInstance['customTransformerRegistry'];

// What stands in superjson's annotations where a value was written by Portcall's own codec.
const placeholder = 'portcall:value';

/** What the user's own transformers do not take, and superjson has no way to say, is written by Portcall's own codec. */
export class Beside implements Transformers {
  /** What was written, in the order in which superjson met it. */
  readonly written: unknown[] = [];
  readonly #walk: Walk;
  readonly #own: Transformers;
  readonly #places = new Map<object, number | undefined>();
  // The object each function was found in, on which it is called.
  readonly #owners = new Map<unknown, object>();
  readonly #transformer: CustomTransformer;

  constructor(walk: Walk, own: Transformers) {
    this.#walk = walk;
    this.#own = own;
    this.#transformer = {
      name: placeholder,
      // A list, because superjson takes apart what is not an array.
      serialize: (value) => [this.#places.get(value as object)],
      deserialize: () => undefined,
    };
  }

  findApplicable(value: unknown): CustomTransformer | undefined {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    // A remote would say yes to whatever the user's own transformers ask.
    if (!isObject || linkOf(value) === undefined) {
      const own = this.#own.findApplicable(value);
      if (own !== undefined || !isObject) return own;
    }
    return this.#placeOf(value) === undefined ? undefined : this.#transformer;
  }

  findByName(name: string): CustomTransformer | undefined {
    return this.#own.findByName(name);
  }

  #placeOf(value: object): number | undefined {
    if (this.#places.has(value)) return this.#places.get(value);
    const place = isSuperjsons(value) ? undefined : this.#write(value);
    this.#places.set(value, place);
    if (place === undefined) this.#noteFunctions(value);
    return place;
  }

  #write(value: object): number {
    try {
      const written =
        typeof value === 'function'
          ? this.#walk.callable(value, this.#owners.get(value))
          : this.#walk.value(value);
      return this.written.push(written) - 1;
    } catch (problem) {
      if (problem instanceof Unsendable) throw new UnsendablePart(value, problem, this.#walk.here);
      throw problem;
    }
  }

  #noteFunctions(object: object): void {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(object)))
      if (typeof value === 'function' && !this.#owners.has(value)) this.#owners.set(value, object);
  }
}

/** Something in a value that cannot be sent. */
export class UnsendablePart {
  readonly part: object;
  readonly problem: Unsendable;
  /** From the part on. */
  readonly path: Path;

  constructor(part: object, problem: Unsendable, path: Path) {
    this.part = part;
    this.problem = problem;
    this.path = path;
  }
}

/** The transformers that put values in the place of what {@link Beside} has written. */
export function placeholders(values: readonly unknown[], own: Transformers): Transformers {
  const transformer: CustomTransformer = {
    name: placeholder,
    serialize: () => undefined,
    deserialize: (json) => {
      const place: unknown = Array.isArray(json) ? json[0] : undefined;
      if (typeof place === 'number' && Object.hasOwn(values, place)) return values[place];
      throw new Error(`there is no value ${JSON.stringify(place)}`);
    },
  };
  return {
    findApplicable: (value) => own.findApplicable(value),
    findByName: (name) => (name === placeholder ? transformer : own.findByName(name)),
  };
}

const superjsons: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Array.prototype,
  Map.prototype,
  Set.prototype,
  RegExp.prototype,
  URL.prototype,
  null,
]);

/** What superjson itself says exactly. */
function isSuperjsons(value: object): boolean {
  if (typeof value === 'function' || linkOf(value) !== undefined || isByReference(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Date.prototype) return !Number.isNaN(Date.prototype.getTime.call(value));
  return superjsons.has(prototype);
}
