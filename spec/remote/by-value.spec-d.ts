import type { ByValue, Received, Remote, Sendable } from 'portcall';
import { describe, expectTypeOf, test } from 'vitest';

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
class Money {
  #cents = 0n;
  times(factor: bigint): Money {
    this.#cents *= factor;
    return this;
  }
}
interface Money extends ByValue {}

class Counter {
  #count = 0;
  add(by: number): number {
    return (this.#count += by);
  }
}

interface Shop {
  double(price: Money): Money;
  all(): { readonly prices: Map<string, Money[]>; readonly counter: Counter };
  bargain(reduce: (price: Money) => Promise<Money>): Promise<Money>;
}

describe('a class that is declared to be ByValue', () => {
  test('arrives as itself, wherever it is', () => {
    expectTypeOf<Received<Money>>().toEqualTypeOf<Money>();
    expectTypeOf<Sendable<Money>>().toEqualTypeOf<Money>();
    expectTypeOf<Remote<Shop>['double']>().toEqualTypeOf<(price: Money) => Promise<Money>>();
    expectTypeOf<Awaited<ReturnType<Remote<Shop>['all']>>['prices']>().toEqualTypeOf<Map<string, Money[]>>();
    expectTypeOf<Remote<Shop>['bargain']>().parameter(0).parameter(0).toEqualTypeOf<Money>();
    expectTypeOf<Remote<Shop>['bargain']>().returns.toEqualTypeOf<Promise<Money>>();
  });

  test('and others arrive as remotes, as ever', () => {
    expectTypeOf<Received<Counter>>().toEqualTypeOf<Remote<Counter>>();
  });
});
