import { vitalsName, type Vitals } from '../connect/vitals-name.ts';

/**
 * What a module offers, and a function beside it that tells of this child's memory.
 *
 * A view and not a copy: exports can be bound again, and functions are called on it as on what it shows.
 */
export function withVitals(api: object): object {
  const own: PropertyDescriptor = { value: vitals, enumerable: true, configurable: true, writable: false };
  return new Proxy(Object.create(null) as object, {
    get: (_, name) => (name === vitalsName ? vitals : (Reflect.get(api, name) as unknown)),
    set: (_, name, value) => Reflect.set(api, name, value),
    has: (_, name) => name === vitalsName || Reflect.has(api, name),
    ownKeys: () => [...Reflect.ownKeys(api), vitalsName],
    getOwnPropertyDescriptor: (_, name) => {
      if (name === vitalsName) return own;
      const found = Reflect.getOwnPropertyDescriptor(api, name);
      // What cannot be configured would have to be on the object behind this view.
      return found && { ...found, configurable: true };
    },
  });
}

// In a thread the heap is the thread's own. Asked of `process`, so that no child loads `node:v8` for it.
function vitals(): Vitals {
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, rssBytes: rss };
}
