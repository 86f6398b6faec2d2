/**
 * A Map that is empty again and again. V8 makes a Map smaller each time its last entry is deleted, and does that to one
 * which has been there for a while in memory that only a large collection frees: that costs more than to look after the
 * entry, and brings on such collections. This one begins a new Map instead.
 */
export class FleetingMap<K, V> {
  #map: Map<K, V> | undefined;

  get size(): number {
    return this.#map?.size ?? 0;
  }

  has(key: K): boolean {
    return this.#map?.has(key) === true;
  }

  get(key: K): V | undefined {
    return this.#map?.get(key);
  }

  set(key: K, value: V): void {
    (this.#map ??= new Map()).set(key, value);
  }

  delete(key: K): void {
    const map = this.#map;
    if (map === undefined) return;
    if (map.size > 1) map.delete(key);
    else if (map.has(key)) this.#map = undefined;
  }

  clear(): void {
    this.#map = undefined;
  }

  /** What is there now, in the order in which it came. */
  values(): readonly V[] {
    return this.#map === undefined ? [] : [...this.#map.values()];
  }
}
