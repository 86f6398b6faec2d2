/**
 * A schema of any library that keeps to Standard Schema 1: zod, valibot, arktype and others. Of it only `validate` is
 * used.
 *
 * See https://standardschema.dev.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What the schema's library says of it. */
  readonly '~standard': StandardSchemaProps<Input, Output>;
}

/** What a {@link StandardSchema} holds. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** The version of the standard. */
  readonly version: 1;
  /** The library. */
  readonly vendor: string;
  /** Checks a value, and gives what it was turned into or what is wrong with it. */
  readonly validate: (value: unknown) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
  /** For the compiler only. */
  readonly types?:
    | {
        /** What it takes. */
        readonly input: Input;
        /** What it gives. */
        readonly output: Output;
      }
    | undefined;
}

/** What `validate` of a {@link StandardSchema} gives: a value, or what is wrong. */
export type StandardSchemaResult<Output> =
  | {
      /** What the value was turned into. */
      readonly value: Output;
      /** Nothing. */
      readonly issues?: undefined;
    }
  | {
      /** What is wrong, one thing at least. */
      readonly issues: readonly StandardSchemaIssue[];
    };

/** One thing that is wrong, as a schema's library says it. */
export interface StandardSchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Steps to where it is. */
  readonly path?:
    | readonly (
        | PropertyKey
        | {
            /** The step. */
            readonly key: PropertyKey;
          }
      )[]
    | undefined;
}

/**
 * What a function's arguments are checked with: a list with one schema for each argument, or one schema for the list
 * of arguments as a whole, such as a tuple.
 *
 * With a list of schemas an argument that is missing is checked as `undefined`, and one too many is refused.
 */
export type InputSchema = readonly StandardSchema[] | StandardSchema;

/** The schemas of one function. */
export interface FunctionSchemas<
  Input extends InputSchema = InputSchema,
  Output extends StandardSchema = StandardSchema,
> {
  /**
   * Checks the arguments before the function runs, and may change them.
   *
   * @defaultValue not checked
   */
  readonly input?: Input | undefined;
  /**
   * Checks what the function returns, or what its promise fulfils with, and may change it.
   *
   * @defaultValue not checked
   */
  readonly output?: Output | undefined;
}

/**
 * The schemas of an object's functions, under the names of these; those of a nested object's functions are nested.
 *
 * An object with a schema, or a list of schemas, as its `input` or `output` is a function's; all others are nested.
 */
export interface ApiSchemas {
  readonly [name: string]: FunctionSchemas | ApiSchemas;
}
