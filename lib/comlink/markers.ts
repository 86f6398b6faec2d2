// Comlink marks values and names operations with symbols that each copy of it makes anew: the one that `import` finds
// and the one a bundler takes differ. So they are known by what they are called.

/** Comlink's `releaseProxy`, of any copy. */
export const isReleaseProxy = (name: symbol): boolean => name.description === 'Comlink.releaseProxy';

/** Comlink's `createEndpoint`, of any copy. */
export const isCreateEndpoint = (name: symbol): boolean => name.description === 'Comlink.endpoint';

/** Whether Comlink's `proxy()` has marked a value, or its class says that its instances are. */
export function isProxyMarked(value: object): boolean {
  const name = markOf(value, 'Comlink.proxy');
  return name !== undefined && Boolean(Reflect.get(value, name));
}

/** What an exposed object has under Comlink's `finalizer`, called once it has been released. */
export function finalizerOf(value: object): (() => unknown) | undefined {
  const name = markOf(value, 'Comlink.finalizer');
  const finalizer: unknown = name === undefined ? undefined : Reflect.get(value, name);
  return typeof finalizer === 'function' ? () => Reflect.apply(finalizer, value, []) as unknown : undefined;
}

function markOf(value: object, description: string): symbol | undefined {
  for (
    let owner: object | null = value;
    owner !== null;
    owner = Object.getPrototypeOf(owner) as object | null
  ) {
    const mark = Object.getOwnPropertySymbols(owner).find((name) => name.description === description);
    if (mark !== undefined) return mark;
  }
  return undefined;
}
