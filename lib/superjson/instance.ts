/** What superjson makes of a value. */
export interface SuperjsonResult {
  /** Plain JSON. */
  readonly json: unknown;
  /** What has to be made of parts of it again. */
  readonly meta?: unknown;
}

/** What `registerCustom` has registered. */
export interface CustomTransformer {
  /** What it was registered as. */
  readonly name: string;
  /** Turns a value into JSON. */
  serialize(value: unknown): unknown;
  /** The other way round. */
  deserialize(json: unknown): unknown;
}

/**
 * An instance of superjson, of whatever copy of that package: what {@link superjson} needs of one.
 *
 * @example
 * ```ts
 * import type { SuperjsonInstance } from 'portcall/superjson';
 *
 * declare const instance: SuperjsonInstance;
 * console.log(instance.serialize(1n).json); // '1'
 * ```
 */
export interface SuperjsonInstance {
  /** Turns a value into JSON and what there is to say about it. */
  serialize(value: unknown): SuperjsonResult;
  /** The other way round. */
  deserialize(result: SuperjsonResult, options?: { readonly inPlace?: boolean }): unknown;
  /** What was registered with `registerCustom`. */
  readonly customTransformerRegistry: {
    /** The transformer for a value, if there is one. */
    findApplicable(value: unknown): CustomTransformer | undefined;
    /** The transformer of a name. */
    findByName(name: string): CustomTransformer | undefined;
  };
}

/** The same instance, which asks these transformers instead of its own; the instance itself stays as it is. */
export function withTransformers(
  instance: SuperjsonInstance,
  transformers: SuperjsonInstance['customTransformerRegistry'],
): SuperjsonInstance {
  return Object.create(instance, { customTransformerRegistry: { value: transformers } }) as SuperjsonInstance;
}
