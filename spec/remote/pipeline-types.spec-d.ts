import { describe, expectTypeOf, test } from 'vitest';

import type {
  Pipeline,
  PipelineArgument,
  Pipelined,
  PipelinedResult,
} from '../../lib/remote/pipeline-types.ts';
import type { Remote } from '../../lib/remote/types.ts';

declare class Account {
  private hidden;
  constructor(owner: string);
  static open(owner: string): Account;
  readonly owner: User;
  balance(): number;
  transfer(to: Account, amount: number): Promise<Receipt>;
  finally(): string;
}
type User = { id: string; friends: User[]; greet: (other: User) => string };
type Receipt = { number: number; from?: Account };
type Module = {
  VERSION: string;
  config: { port: number };
  Account: typeof Account;
  login(name: string): Promise<User>;
  find(id: string): Account | undefined;
  send(order: { user: User; amounts: number[]; at?: Date }): Receipt;
  convert(x: string): number;
  convert(x: number): string;
  primes(): AsyncGenerator<number, void, unknown>;
  adder(): (a: number, b: number) => number;
  untyped(): ReturnType<typeof JSON.parse>;
  nothing(): void;
};
declare const pipeline: Pipeline<Module>;

describe('a pipelined result', () => {
  test('is the promise that the call gives anywhere', async () => {
    expectTypeOf(pipeline.login('ada')).toExtend<Promise<unknown>>();
    expectTypeOf((await pipeline.login('ada')).id).toEqualTypeOf<string>();
    expectTypeOf(await pipeline.find('1')).toEqualTypeOf<Remote<Account> | undefined>();
    expectTypeOf(await pipeline.convert('1')).toEqualTypeOf<number>();
    expectTypeOf(await pipeline.convert(1)).toEqualTypeOf<string>();
    expectTypeOf(await pipeline.nothing()).toEqualTypeOf<void>();
    for await (const prime of pipeline.primes()) expectTypeOf(prime).toEqualTypeOf<number>();
  });

  test('has the members of what it will be', async () => {
    const user = pipeline.login('ada');
    expectTypeOf(await user.id).toEqualTypeOf<string>();
    expectTypeOf(await user.friends[0]?.id).toEqualTypeOf<string | undefined>();
    expectTypeOf(await user.greet(user)).toEqualTypeOf<string>();
    expectTypeOf(await pipeline.find('1').balance()).toEqualTypeOf<number>();
    expectTypeOf(await pipeline.find('1').owner.friends).toBeArray();
    expectTypeOf(await pipeline.adder()(1, 2)).toEqualTypeOf<number>();
    // The promise's own.
    expectTypeOf(pipeline.find('1').finally(() => {})).toEqualTypeOf<Promise<Remote<Account> | undefined>>();
    // @ts-expect-error no such member
    void user.missing;
    // @ts-expect-error a number has none
    void pipeline.convert('1').toFixed;
    void pipeline.untyped().whatever.there.is();
  });

  test('is accepted wherever its value is', () => {
    const user = pipeline.login('ada');
    void pipeline.send({ user, amounts: [1, pipeline.convert('2')], at: new Date() });
    void pipeline.convert(user.id);
    void pipeline.convert(pipeline.VERSION);
    void pipeline.send({ user, amounts: [pipeline.config.port] });
    expectTypeOf<PipelinedResult<Promise<User>>>().toExtend<Pipelined<User>>();
    // @ts-expect-error another type
    void pipeline.convert(user);
    // @ts-expect-error an ordinary promise is not under way there
    void pipeline.convert(Promise.resolve('1'));
    // @ts-expect-error nor is the result of a plain remote
    void (({} as Remote<Module>).login('ada') satisfies PipelineArgument<User>);
  });

  test('may be an instance', async () => {
    const ada = new pipeline.Account('ada');
    const bob = pipeline.Account.open('bob');
    expectTypeOf(await ada.transfer(bob, 10).number).toEqualTypeOf<number>();
    expectTypeOf(await bob.transfer(ada, 10).from.balance()).toEqualTypeOf<number>();
    expectTypeOf(await ada).toEqualTypeOf<Remote<Account>>();
    void ada.transfer(await bob, 1);
    // @ts-expect-error constructor arguments are checked
    void new pipeline.Account(1);
  });
});
