import type { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { Unsendable } from '../values/unsendable.ts';

type Path = readonly (string | number)[];

/**
 * The error for a value that structured clone has refused, with the path to the part that it does not take.
 *
 * @param root - What the value is called: `arguments[0]`, `result`.
 * @param transferred - What moves with the message, and so is no part to be cloned.
 */
export function uncloneable(
  value: unknown,
  root: string,
  cause: unknown,
  transferred: readonly unknown[],
): RpcError {
  const [part, path] = deepest(value, [], new Set(transferred));
  return new Unsendable(describe(part), adviceFor(part), cause).toError(root, path);
}

/** Whether structured clone takes a value as it is. */
export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** Goes down into the first part that cannot be cloned either, for as long as there is one. */
function deepest(value: unknown, path: Path, seen: Set<unknown>): readonly [unknown, Path] {
  if (typeof value !== 'object' || value === null) return [value, path];
  seen.add(value);
  for (const [step, part] of parts(value)) {
    if (!seen.has(part) && !isCloneable(part)) return deepest(part, [...path, step], seen);
  }
  return [value, path];
}

function parts(value: object): (readonly [string | number, unknown])[] {
  try {
    if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item] as const);
    if (value instanceof Set) return [...value].map((item: unknown, index) => [index, item] as const);
    if (value instanceof Map) {
      return [...value].flatMap(([key, item], index) => {
        const name = typeof key === 'string' ? key : String(index);
        return [[`key ${name}`, key] as const, [name, item] as const];
      });
    }
    return Object.keys(value).map((key) => [key, Reflect.get(value, key) as unknown] as const);
  } catch {
    // A getter that throws, or a revoked Proxy: it is the object that cannot be sent.
    return [];
  }
}

function adviceFor(value: unknown): string {
  if (typeof value === 'function') return 'pass or return it by itself, marked with Comlink’s proxy()';
  if (is(value, AbortSignal)) return 'Comlink carries none: pass it to with({ signal })';
  if (is(value, Promise)) return 'await it first';
  return 'send what structured clone takes';
}

function is(value: unknown, made: new (...args: never[]) => object): boolean {
  try {
    return value instanceof made;
  } catch {
    // A revoked Proxy is nothing.
    return false;
  }
}
