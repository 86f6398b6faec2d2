import type { Subject } from '../contenders/contender.ts';

/** One thing that contenders are measured at. */
export interface Scenario {
  /** Unique, such as `1 in flight`. */
  readonly name: string;
  /** Does its work over and over for about that long. Returns the time one call took, in microseconds. */
  run(subject: Subject, forMs: number): Promise<number>;
}
