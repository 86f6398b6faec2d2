/** What a child is asked for its memory by. No JavaScript module has a function of that name by accident. */
export const vitalsName = 'portcall:vitals';

/** What a child says of its memory. */
export interface Vitals {
  /** Bytes of its JavaScript heap that are in use. */
  readonly heapBytes: number;
  /** Bytes of memory of its whole process. */
  readonly rssBytes: number;
}
