/**
 * The paths of all functions that can be reached by name from what is exposed, in the way that calls reach them: own
 * enumerable data properties, and those of nested plain objects.
 */
export function functionPaths(exposed: object): string[][] {
  const found: string[][] = [];
  collect(exposed, [], [], found);
  return found;
}

/** Whether a value is a function or holds some that calls could reach in it. */
export function holdsFunctions(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return isNamespace(value) && functionPaths(value).length > 0;
}

function collect(owner: object, path: readonly string[], above: readonly object[], found: string[][]): void {
  // An object that leads back to itself has names without end; those are for whoever takes the calls.
  if (above.includes(owner)) return;
  for (const name of Reflect.ownKeys(owner)) {
    if (typeof name === 'symbol') continue;
    const value = valueOf(owner, name);
    if (typeof value === 'function') found.push([...path, name]);
    else if (isNamespace(value)) collect(value, [...path, name], [...above, owner], found);
  }
}

function valueOf(owner: object, name: string): unknown {
  try {
    const property = Object.getOwnPropertyDescriptor(owner, name);
    return property?.enumerable === true ? property.value : undefined;
  } catch {
    // An export of a module that is not initialised yet. If it is a function, its calls are refused as they come.
    return undefined;
  }
}

function isNamespace(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
