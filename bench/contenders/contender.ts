/** One way to call a function in another process or thread. */
export interface Contender {
  /** Unique, such as `raw port`. */
  readonly name: string;
  readonly family: Family;
  /** The package that it measures, where that is a peer. */
  readonly peer?: string;
  /** What its messages travel over. Contenders are compared with the raw one of the same carrier. */
  readonly carrier: Carrier;
  /** Starts the other side. Does not have to wait for it: what is called before it is ready waits. */
  start(): Promise<Subject>;
  /** Starts a pool of that many members. */
  startPool?(members: number): Promise<Subject>;
}

/** Raw ones show the limit of a carrier, peers are other packages. */
export type Family = 'raw' | 'portcall' | 'peer';

/** What messages travel over. */
export type Carrier = 'worker port' | 'extra pipe' | 'fork IPC' | 'stdio';

/**
 * A contender that has been started. It offers what the other side has in `work.js`; what it lacks it cannot do, or not
 * without losing a part of the value, and scenarios that need it are left out.
 */
export interface Subject {
  readonly add?: (a: number, b: number) => Promise<number>;
  /** The same, with a deadline, a signal and metadata of its own for the call. */
  readonly addWithOptions?: (a: number, b: number) => Promise<number>;
  /** The same, and the caller's thread is blocked meanwhile. */
  readonly addBlocking?: (a: number, b: number) => number;
  /** Of plain data. */
  readonly echo?: (value: unknown) => Promise<unknown>;
  readonly echoBytes?: (bytes: Uint8Array) => Promise<Uint8Array>;
  /** Says how many they are. */
  readonly takeBytes?: (bytes: Uint8Array) => Promise<number>;
  /** Of Map, Set, Date, cycles and the like. */
  readonly echoRich?: (value: unknown) => Promise<unknown>;
  /** Reads a stream of numbers to its end; says how many they were. */
  readonly readItems?: (count: number) => Promise<number>;
  /** Reads a stream of bytes to its end; says how many they were. */
  readonly readChunks?: (count: number, sizeBytes: number) => Promise<number>;
  readonly busy?: (forMs: number) => Promise<number>;
  /** Opens that many references to callbacks of this side, until it is stopped. */
  readonly hold?: (count: number) => Promise<void>;
  /** How many references to what this side has are open. */
  readonly openReferences?: () => number;
  readonly stop: () => Promise<void>;
}
