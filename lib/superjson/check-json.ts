import { describe } from '../shared/describe.ts';
import { isPlainPrimitive } from '../values/plain.ts';
import { Unsendable, type Path } from '../values/unsendable.ts';

/** Where something stands that is not JSON, and what it is. */
export interface NotJson {
  readonly path: Path;
  readonly problem: Unsendable;
}

/**
 * The first thing in what superjson has made of a value that is not JSON; `undefined` where all is. What superjson does
 * not know it leaves as it is, and JSON.stringify would lose it without a word.
 */
export function notJson(json: unknown): NotJson | undefined {
  const seen = new Set<object>();
  const look = (value: unknown, path: Path): NotJson | undefined => {
    if (isPlainPrimitive(value)) return undefined;
    if (typeof value !== 'object' || value === null) return { path, problem: unknown(value) };
    // What is shared, superjson repeats.
    if (seen.has(value)) return undefined;
    seen.add(value);
    if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype)
      return { path, problem: unknown(value) };
    // By index, as holes have no entry of their own.
    const entries: Iterable<[number | string, unknown]> = Array.isArray(value)
      ? value.entries()
      : Object.entries(value);
    for (const [step, item] of entries) {
      if (item === undefined) return { path, problem: holed };
      const found = look(item, [...path, step]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return look(json, []);
}

const holed = new Unsendable('an array with holes', 'superjson does not keep them: fill them');

function unknown(value: unknown): Unsendable {
  return new Unsendable(describe(value), 'register it with superjson, or send something else');
}
