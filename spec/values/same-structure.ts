/**
 * Where two values differ, as a path and what is there; `undefined` where they are the same in everything that
 * crosses: types, prototypes, own keys with `__proto__` among them, holes, -0 and NaN, and which parts are one object.
 */
export function difference(left: unknown, right: unknown): string | undefined {
  return new Comparison().compare(left, right, 'value');
}

class Comparison {
  // Which object stands for which: a part met twice on one side must be met twice on the other.
  readonly #rights = new Map<object, object>();
  readonly #lefts = new Map<object, object>();

  compare(left: unknown, right: unknown, path: string): string | undefined {
    if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) {
      return Object.is(left, right) ? undefined : `${path}: ${String(left)} and ${String(right)}`;
    }
    const known = this.#rights.get(left);
    if (known !== undefined) return known === right ? undefined : `${path}: shared on the left only`;
    if (this.#lefts.has(right)) return `${path}: shared on the right only`;
    this.#rights.set(left, right);
    this.#lefts.set(right, left);
    const prototypes = [Object.getPrototypeOf(left), Object.getPrototypeOf(right)] as const;
    if (prototypes[0] !== prototypes[1]) return `${path}: of different classes`;
    return this.#contents(left, right, path) ?? this.#properties(left, right, path);
  }

  #contents(left: object, right: object, path: string): string | undefined {
    if (left instanceof Map) return this.#lists([...left].flat(), [...(right as typeof left)].flat(), path);
    if (left instanceof Set) return this.#lists([...left], [...(right as typeof left)], path);
    if (left instanceof Date)
      return this.compare(left.getTime(), (right as Date).getTime(), `${path} (time)`);
    if (left instanceof RegExp || left instanceof URL)
      return this.compare(left.toString(), (right as typeof left).toString(), `${path} (text)`);
    if (left instanceof ArrayBuffer)
      return this.#bytes(new Uint8Array(left), new Uint8Array(right as ArrayBuffer), path);
    if (ArrayBuffer.isView(left)) return this.#bytes(bytesOf(left), bytesOf(right as ArrayBufferView), path);
    return undefined;
  }

  #lists(left: readonly unknown[], right: readonly unknown[], path: string): string | undefined {
    if (left.length !== right.length) return `${path}: ${left.length} and ${right.length} entries`;
    return first(left, (item, index) => this.compare(item, right[index], `${path}{${index}}`));
  }

  #bytes(left: Uint8Array, right: Uint8Array, path: string): string | undefined {
    return Buffer.compare(left, right) === 0 ? undefined : `${path}: different bytes`;
  }

  #properties(left: object, right: object, path: string): string | undefined {
    if (ArrayBuffer.isView(left)) return undefined;
    // `length` of arrays among them, and what is not enumerable.
    const keys = Reflect.ownKeys(left).filter((key) => key !== 'stack');
    const others = Reflect.ownKeys(right).filter((key) => key !== 'stack');
    if (keys.map(String).join() !== others.map(String).join())
      return `${path}: keys ${keys.map(String).join()} and ${others.map(String).join()}`;
    return first(keys, (key) => {
      const [one, other] = [
        Reflect.getOwnPropertyDescriptor(left, key),
        Reflect.getOwnPropertyDescriptor(right, key),
      ];
      if (one?.enumerable !== other?.enumerable) return `${path}.${String(key)}: enumerable on one side only`;
      return this.compare(one?.value, other?.value, `${path}.${String(key)}`);
    });
  }
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function first<T>(
  items: readonly T[],
  find: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
