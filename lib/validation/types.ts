import type { FunctionSchemas, InputSchema, StandardSchema } from './validation.ts';

/** What a schema takes. */
export type InputOf<Schema> = Schema extends StandardSchema<infer Input, unknown> ? Input : unknown;

/** What a schema makes of it. */
export type OutputOf<Schema> = Schema extends StandardSchema<unknown, infer Output> ? Output : unknown;

/** The arguments that a function with these schemas is given once they are checked. */
export type CheckedArguments<Schemas> = Schemas extends { readonly input: infer Input extends InputSchema }
  ? Input extends readonly unknown[]
    ? OptionalTail<OutputsOf<Input>>
    : ListOf<OutputOf<Input>>
  : never[];

/** The arguments that callers pass. */
type PassedArguments<Schemas> = Schemas extends { readonly input: infer Input extends InputSchema }
  ? Input extends readonly unknown[]
    ? OptionalTail<InputsOf<Input>>
    : ListOf<InputOf<Input>>
  : never[];

/** What a function with these schemas may return. */
export type UncheckedResult<Schemas> = Schemas extends { readonly output: infer Output }
  ? InputOf<Output> | PromiseLike<InputOf<Output>>
  : unknown;

/**
 * A function around which its arguments and result are checked: its own type, generics and overloads included, unless
 * the schemas take or give something else than the function does.
 */
export type Checked<Schemas extends FunctionSchemas, Fn> =
  Keeps<Schemas, Fn> extends true
    ? Fn
    : Fn extends (...args: infer Args) => infer Result
      ? (
          ...args: Schemas extends { readonly input: InputSchema } ? PassedArguments<Schemas> : Args
        ) => CheckedResult<Schemas, Result>
      : never;

/**
 * Whether the function's own type says what callers pass. It does not where the schemas change values, nor where its
 * parameters were inferred from the schemas: inferred ones cannot be left out.
 */
type Keeps<Schemas, Fn> =
  Changes<Schemas> extends true
    ? false
    : [Schemas, Fn] extends [
          { readonly input: infer Input extends readonly StandardSchema[] },
          (...args: infer Args) => unknown,
        ]
      ? Same<Args, OutputsOf<Input>> extends true
        ? Same<Args, OptionalTail<Args>>
        : true
      : true;

type CheckedResult<Schemas, Result> = Schemas extends { readonly output: infer Output }
  ? Result extends PromiseLike<unknown>
    ? Promise<OutputOf<Output>>
    : OutputOf<Output>
  : Result;

/** Whether what a schema takes and what it makes of it differ. */
type Changes<Schemas> = Schemas extends { readonly input: infer Input extends InputSchema }
  ? Same<All<Input, 'input'>, All<Input, 'output'>> extends true
    ? ResultChanges<Schemas>
    : true
  : ResultChanges<Schemas>;

type ResultChanges<Schemas> = Schemas extends { readonly output: infer Output }
  ? Same<InputOf<Output>, OutputOf<Output>> extends true
    ? false
    : true
  : false;

type All<Input, Side extends 'input' | 'output'> = Input extends readonly unknown[]
  ? { input: InputsOf<Input>; output: OutputsOf<Input> }[Side]
  : { input: InputOf<Input>; output: OutputOf<Input> }[Side];

type InputsOf<List extends readonly unknown[]> = { -readonly [At in keyof List]: InputOf<List[At]> };

type OutputsOf<List extends readonly unknown[]> = { -readonly [At in keyof List]: OutputOf<List[At]> };

/** Arguments that may be `undefined` may be left out at the end. */
type OptionalTail<Args> = Args extends [...infer First, infer Last]
  ? undefined extends Last
    ? [...OptionalTail<First>, Last?]
    : Args
  : Args;

type ListOf<List> = List extends readonly unknown[] ? [...List] : never;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
