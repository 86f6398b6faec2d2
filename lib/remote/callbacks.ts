import type { IsAny, IsStream } from './kinds.ts';

/**
 * What a parameter becomes when the function there uses the result of a callback at once, although
 * here that result is a promise. Nothing can be passed for it, and the error says why.
 *
 * @example
 * ```ts
 * import type { CallbackMustBeAwaited, Sendable } from 'portcall';
 *
 * type Comparator = (a: number, b: number) => number;
 * type Refused = Sendable<Comparator>; // CallbackMustBeAwaited<Comparator>
 * type Accepted = Sendable<(a: number, b: number) => Promise<number>>;
 *
 * const refused: Refused extends CallbackMustBeAwaited<Comparator> ? true : false = true;
 * const accepted: Accepted = (a, b) => a - b;
 * ```
 */
export type CallbackMustBeAwaited<Callback> = Callback & {
  /** What is wrong, where the compiler shows it. */
  readonly 'the result of this callback arrives as a promise: declare it as one': never;
};

/**
 * Whether a callee that expects `Result` can do with the promise it gets. Looks no further than the
 * result itself, because callbacks may take callbacks of their own kind.
 */
export type MayBePromised<Result> =
  IsAny<Result> extends true
    ? true
    : [Result] extends [never]
      ? false
      : [Result] extends [void]
        ? [void] extends [Result]
          ? true
          : false
        : [Promise<Awaited<Result>>] extends [Result]
          ? true
          : [IsStream<Result>, AsyncIterable<never>] extends [true, Result]
            ? true
            : false;
