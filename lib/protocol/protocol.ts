// The messages of the wire, version 1. `docs/protocol.md` describes them for people who write a peer in another
// language; keep the two in step.

/** The version both sides have to speak. It changes when a peer of the old one could no longer be understood. */
export const protocolVersion = 1;

/**
 * The first element of each message. A batch is a JSON array of messages, a message a JSON array that starts with one
 * of these.
 */
export const Code = {
  /** `[0, version, hello]`: the first message of each side, sent once it can take calls. */
  hello: 0,
  /** `[1, id, target, arguments, form?, attachments?, extras?]`: call a function. A negative id: no reply is wanted. */
  call: 1,
  /** `[2, id, target, extras?]`: read a value. */
  get: 2,
  /** `[3, id, value?, form?, attachments?]`: what the function returned; without a value, `undefined`. */
  result: 3,
  /** `[4, id, value, form?, attachments?]`: what the function threw. */
  failure: 4,
  /** `[5, id, code, message, delivery?]`: why Portcall itself could not do it; the code is one of `RpcErrorCode`. */
  refusal: 5,
  /** `[6, id, reason?, form?, attachments?]`: the caller no longer waits for this call. */
  cancel: 6,
  /** `[7, signal, reason?, form?, attachments?]`: an AbortSignal among the arguments of a call has aborted. */
  abort: 7,
  /** `[8, number, path]`: from here on the number stands for this target. */
  name: 8,
  /** `[9, nonce, id?]`: answer with a pong, once the call with this id has ended. */
  ping: 9,
  /** `[10, nonce]`. */
  pong: 10,
  /** `[11, code?, message?, cause?, form?, attachments?]`: no further calls will be made or taken; the reason, if any. */
  bye: 11,
  /** `[12, id, target, arguments, form?, attachments?, extras?]`: make an instance of a class. */
  new: 12,
  /** `[13, id, target, [properties], form?, attachments?, extras?]`: set properties of an object. */
  set: 13,
  /** `[14, id, count]`: a reference of the receiver's is no longer used, of the `count` times it was sent. */
  release: 14,
  /** `[15, stream, value, form?, attachments?, weight?]`: an item of a stream, and the bytes it counts for. */
  item: 15,
  /** `[16, stream, value?, form?, attachments?]`: a stream has ended; with what its generator returned. */
  end: 16,
  /** `[17, stream, value, form?, attachments?]`: a stream has failed; with what its producer threw. */
  fail: 17,
  /** `[18, stream, items, bytes]`: so much more may be sent. */
  credit: 18,
  /** `[19, stream, how, value?, form?, attachments?]`: the consumer wants no more; `how` is one of `Stop`. */
  stop: 19,
  /** `[20, stream, value?, form?, attachments?]`: one more item may be sent, and `next` was called with this value. */
  next: 20,
  /** `[21, id, items, bytes]`: the result of this call, if it is a stream, may send so much at once. */
  iterate: 21,
  /** `[22, port, value, form?, attachments?, weight?]`: a message through a tunnelled port, and the bytes it counts for. */
  portMessage: 22,
  /** `[23, port]`: a tunnelled port was closed. */
  portClose: 23,
  /** `[24, port, items, bytes]`: so much more may be sent through a tunnelled port. */
  portCredit: 24,
  /** `[25, number, bytes, [bytes…]?]`: a batch comes in parts: the size of its text, and of each of its attachments. */
  begin: 25,
  /** `[26, number, place]`: a part of it, which is the attachment of this message. */
  part: 26,
  /** `[27, number]`: the rest of it will not come. */
  drop: 27,
  /**
   * `[28, id, target, arguments, arguments…]`: calls of one function, each with an id that is larger by 1, and with plain
   * arguments.
   */
  calls: 28,
  /** `[29, id, value, value…]`: what functions have returned, plain, each for an id that is larger by 1. */
  results: 29,
  /** `[30, stream, value, value…]`: items of a stream, plain, none of which counts for any bytes. */
  items: 30,
} as const;

/** How a consumer ends a stream. */
export const Stop = {
  /** The way `return(value)` ends a generator; its `finally` runs, and an end or a failure follows. */
  return: 0,
  /** The way `throw(reason)` resumes a generator. */
  throw: 1,
  /** A consumer that takes what the other side writes has taken all of it. */
  done: 2,
} as const;

/** What a stream is made as at the receiver. */
export const StreamKind = {
  /** A generator. */
  generator: 0,
  /** A ReadableStream. */
  readable: 1,
  /** A WritableStream: the receiver sends the items. */
  writable: 2,
  /** A Readable of Node, or what comes closest; its chunks are bytes. */
  nodeReadable: 3,
  /** The same with chunks of any kind. */
  nodeObjects: 4,
  /** A Writable of Node, or what comes closest: the receiver sends the items, which are bytes. */
  nodeWritable: 5,
  /** The same with chunks of any kind. */
  nodeObjectWritable: 6,
  /** A Duplex of Node: two streams in one. */
  nodeDuplex: 7,
  nodeObjectDuplex: 8,
} as const;

/** What a reference stands for. */
export const ReferenceKind = { function: 0, object: 1 } as const;

/** How the value of a message is written. Left out, it is {@link Form.plain}. */
export const Form = {
  /** JSON as it stands. */
  plain: 0,
  /** JSON in which arrays that start with `"$"` stand for what JSON cannot say. */
  tagged: 1,
  /** `[json, meta, value…]`: what superjson has made, and the tagged values that stand in it by their place. */
  superjson: 2,
} as const;

/** What a side says of itself in its first message. */
export interface Hello {
  /** An unguessable name for this session, for logs. */
  readonly session: string;
  /** The largest message this side takes, in bytes. */
  readonly messageBytes: number;
  /** How deeply a value may be nested that this side takes; left out, it is not said. */
  readonly depth?: number;
  /** How many values one may hold that this side takes; left out, it is not said. */
  readonly elements?: number;
  /** The names of what this side exports, as far as they fit. */
  readonly exports: readonly string[];
  /** The forms this side reads beside the plain and the tagged one. */
  readonly forms?: readonly number[];
  /** Whether this side puts batches together that come in parts. */
  readonly parts?: boolean;
  /** Whether this side reads series: the messages `calls`, `results` and `items`. */
  readonly series?: boolean;
}

/** What goes with a call beside its arguments. */
export interface Extras {
  /** Milliseconds left until the caller gives up. */
  readonly timeoutMs?: number;
  /** Whatever the caller passed as `metadata`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The result stays at the callee, and there is no reply. */
  readonly keep?: true;
  /** The numbers of the calls whose results are among the arguments. */
  readonly uses?: readonly number[];
}

/** A message as it came out of JSON.parse: nothing but the array and its code has been checked. */
export type Message = readonly [code: number, ...fields: unknown[]];

/** How many names a session numbers; further ones are written out in each call. */
export const maxNumberedNames = 4096;

/** The longest path that is numbered, as JSON in UTF-16 code units; longer ones are written out in each call. */
export const maxNumberedChars = 512;
