import type { Path } from '../values/unsendable.ts';

/**
 * The path to the first part of a value that a test finds; `undefined` where there is none. Runs no accessor of it.
 *
 * Only looked for where something could not be sent: superjson does not say where it is.
 */
export function pathTo(
  root: unknown,
  test: (part: unknown, step: string | number | undefined) => boolean,
): Path | undefined {
  const seen = new Set<unknown>();
  const look = (value: unknown, path: Path): Path | undefined => {
    if (test(value, path.at(-1))) return path;
    if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
    seen.add(value);
    for (const [step, part] of partsOf(value)) {
      const found = look(part, [...path, step]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return look(root, []);
}

function partsOf(value: object): (readonly [string | number, unknown])[] {
  try {
    if (value instanceof Map)
      return [...value].flatMap(([key, item], index) => {
        const name = typeof key === 'string' ? key : `${index}`;
        return [[`key ${name}`, key] as const, [name, item] as const];
      });
    if (value instanceof Set) return [...value].map((item, index) => [index, item] as const);
    const isList = Array.isArray(value);
    return Object.entries(Object.getOwnPropertyDescriptors(value))
      .filter(([, { enumerable }]) => enumerable === true)
      .map(([name, descriptor]) => [isList ? Number(name) : name, descriptor.value as unknown] as const);
  } catch {
    // A Proxy that throws: the way does not lead through it.
    return [];
  }
}
