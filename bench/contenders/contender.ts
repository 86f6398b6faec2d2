/** One way to call a function in another process or thread. */
export interface Contender {
  /** Unique, such as `raw port`. */
  readonly name: string;
  /** What its messages travel over. Contenders are compared with the raw one of the same carrier. */
  readonly carrier: Carrier;
  /** Starts the other side; fulfils once it has answered. */
  start(): Promise<Subject>;
}

/** What messages travel over. */
export type Carrier = 'worker port' | 'extra pipe' | 'fork IPC' | 'stdio';

/** A contender that has been started. */
export interface Subject {
  /** What the other side offers: {@link ./math.js}. */
  add(a: number, b: number): Promise<number>;
  stop(): Promise<void>;
}
