import type { Contender, Subject } from '../contenders/contender.ts';

/** One thing that contenders are measured at. */
export interface Scenario {
  /** Unique, such as `64 in flight`. */
  readonly name: string;
  /** Scenarios of a group stand in one table. */
  readonly group: Group;
  /** Less is better in each of them. */
  readonly unit: 'µs' | 'ms' | 'MB';
  /** Also measured with everything pinned to one core. */
  readonly pinned?: boolean;
  /**
   * Each turn has a process of its own, in which nothing else ran before and which leaves nothing behind. Such a scenario
   * warms up by itself, if it has to.
   */
  readonly fresh?: boolean;
  /** What is done is so short that compiled code makes the difference: has a longer turn before each that counts. */
  readonly dense?: boolean;
  /** One turn is so long that there is no need for another before it. */
  readonly long?: boolean;
  /** Takes long and varies little: has its turn in the first rounds only. */
  readonly slow?: boolean;
  /** Who takes part, where it is not everyone. */
  takesPart?(contender: Contender): boolean;
  /**
   * Does its work over and over for about that long.
   *
   * @returns What one call or item took, in `unit`; null where the contender cannot do it.
   */
  run(stand: Stand, forMs: number): Promise<number | null>;
}

export type Group =
  | 'small calls'
  | 'payloads'
  | 'streams'
  | 'small calls beside large data'
  | 'blocking calls'
  | 'lives'
  | 'pools'
  | 'growth with calls at once'
  | 'growth with open references'
  | 'growth with bytes'
  | 'growth with pool members';

/** Where one contender is measured: what has been started of it is kept for later turns. */
export interface Stand {
  readonly contender: Contender;
  subject(): Promise<Subject>;
  /** Undefined where the contender has no pools. */
  pool(members: number): Promise<Subject | undefined>;
}
