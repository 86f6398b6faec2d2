import type { Call } from '../call/call.ts';
import type { Origin } from '../call/origin.ts';
import { targetName } from '../call/target.ts';

/** A promise that can be iterated, where it is one of a stream. */
export type IterablePromise = Promise<unknown> & { [Symbol.asyncIterator]: () => AsyncGenerator };

/**
 * Makes a call whose promise can be iterated as well, where it is one of a stream: that asks for the first items
 * together with the stream itself.
 */
export function iterable(origin: Origin, call: Call): IterablePromise {
  const result = origin.handler(call) as IterablePromise;
  // V8 allocates a function that is written where it is assigned to a property among what is old, where it keeps the
  // arguments and the result of its call until the next large collection. This one has a name first.
  const iterate = (): AsyncGenerator => {
    origin.iterating?.(call);
    return iterated(result, call);
  };
  // Assigned, which costs a hundredth of what a subclass or a Proxy of a promise does.
  result[Symbol.asyncIterator] = iterate;
  return result;
}

type Items = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>;

/** The items of what a promise brings. */
function iterated(result: Promise<unknown>, call: Call): AsyncGenerator<unknown, unknown> {
  let items: Items | undefined;
  const begun = result.then((value) => (items = itemsOf(value, call)));
  begun.catch(() => {});
  const step = async (name: 'next' | 'return' | 'throw', given: readonly unknown[]) => {
    const from = items ?? (await begun);
    const method: unknown = from[name];
    if (typeof method === 'function')
      return (await Reflect.apply(method, from, given)) as IteratorResult<unknown, unknown>;
    if (name === 'throw') throw given[0];
    return { done: true as const, value: given[0] };
  };
  return {
    next: (...given: readonly unknown[]) =>
      // The way of each item but the first: nothing in between.
      items === undefined
        ? step('next', given)
        : (items.next(...(given as [])) as Promise<IteratorResult<unknown, unknown>>),
    return: (...given: readonly unknown[]) => step('return', given),
    throw: (...given: readonly unknown[]) => step('throw', given),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await step('return', []);
    },
  };
}

function itemsOf(value: unknown, call: Call): Items {
  if (typeof value === 'object' && value !== null) {
    const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = value as Partial<
      AsyncIterable<unknown> & Iterable<unknown>
    >;
    if (asynchronous !== undefined) return Reflect.apply(asynchronous, value, []);
    // Of a list that is there as a whole: each step has to be a promise all the same.
    if (synchronous !== undefined) return inSteps(value as Iterable<unknown>);
  }
  throw new TypeError(`${targetName(call.target)}() returned nothing that can be iterated`);
}

async function* inSteps(items: Iterable<unknown>): AsyncGenerator {
  yield* items;
}
