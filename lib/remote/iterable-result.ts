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
  // Assigned, which costs a hundredth of what a subclass or a Proxy of a promise does; and always the same function,
  // since one for each call would be a third of what a call takes up while it waits.
  result[Symbol.asyncIterator] = iterate;
  Marked.mark(result, origin, call);
  return result;
}

function iterate(this: IterablePromise): AsyncGenerator {
  const [origin, call] = Marked.by(this);
  origin.iterating?.(call);
  return iterated(this, call);
}

/** Its fields are put on promises, where nobody else sees them. */
class Marked extends (itself as unknown as new (promise: Promise<unknown>) => object) {
  #origin: Origin;
  #call: Call;

  constructor(promise: Promise<unknown>, origin: Origin, call: Call) {
    super(promise);
    this.#origin = origin;
    this.#call = call;
  }

  static mark(promise: Promise<unknown> | Marked, origin: Origin, call: Call): void {
    // Middleware may give the same promise for several calls.
    if (!(#call in promise)) return void new Marked(promise, origin, call);
    promise.#origin = origin;
    promise.#call = call;
  }

  static by(promise: Promise<unknown> | Marked): [Origin, Call] {
    if (!(#call in promise)) throw new TypeError('this is not the promise of a call');
    return [promise.#origin, promise.#call];
  }
}

/** A constructor that makes nothing. */
function itself(object: object): object {
  return object;
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
