// A tagged value is a JSON array that starts with "$" and one of these. An array of the user's whose first item is a
// string that starts with "$" has one "$" more in front of it, so the two are never confused.

/** The first item of each tagged value. */
export const mark = '$';

/** The second item of each tagged value: what it stands for. The rest of the array is written behind each. */
export const Tag = {
  undefined: 0,
  /** number as text: `NaN`, `Infinity`, `-Infinity`, `-0` */
  number: 1,
  /** decimal digits */
  bigint: 2,
  /** index: the same object as the one that was met as the index-th, counted from 0 in the order of the text */
  same: 3,
  /** milliseconds, or null for an invalid date */
  date: 4,
  /** source, flags */
  regexp: 5,
  /** href */
  url: 6,
  /** [key, value, key, value, …] */
  map: 7,
  /** [item, …] */
  set: 8,
  /** length, [index, item, index, item, …]: an array with holes */
  sparse: 9,
  /** kind (see `binaryKinds`), index of the attachment */
  binary: 10,
  /** class, { name?, message?, stack?, cause?, errors?, own: { … }? }; then the name of a class that was defined */
  error: 11,
  /** number; then the reason, where it has aborted already */
  signal: 12,
  /** number of a signal of the receiver's: the reason it was aborted with */
  reason: 13,
  /** { … }: an object without a prototype */
  bare: 14,
  /** number, kind (see `ReferenceKind`), name: what the sender keeps and the receiver calls */
  reference: 15,
  /** base, name, …: what the receiver has: 0 for its exports, a reference above, a kept result below */
  yours: 16,
  /** number, kind (see `StreamKind`); then items, bytes, where the receiver may send so much at once; then, of a stream
   * in both directions, the number of the one to write to */
  stream: 17,
  /** kind (0 for the SharedArrayBuffer itself), index of the attachment, first byte, length: memory that both share */
  shared: 18,
  /** index of the attachment: a MessagePort that the channel carries */
  port: 19,
  /** name, what its `toPlain` gave: an instance of a registered type */
  type: 20,
  /** number, items, bytes: a MessagePort that is tunnelled, and how much the receiver may send to it at once */
  tunnel: 21,
  /** index of the attachment: a socket or a server that the channel carries */
  handle: 22,
} as const;

/** The kinds of binary values; their position is what is sent. */
export const binaryKinds = [
  'ArrayBuffer',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
] as const;
