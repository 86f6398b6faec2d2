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
  /** `[9, nonce]`: answer with a pong. */
  ping: 9,
  /** `[10, nonce]`. */
  pong: 10,
  /** `[11, code?, message?, cause?, form?, attachments?]`: no further calls will be made or taken; the reason, if any. */
  bye: 11,
} as const;

/** How the value of a message is written. Left out, it is {@link Form.plain}. */
export const Form = {
  /** JSON as it stands. */
  plain: 0,
  /** JSON in which arrays that start with `"$"` stand for what JSON cannot say. */
  tagged: 1,
} as const;

/** What a side says of itself in its first message. */
export interface Hello {
  /** An unguessable name for this session, for logs. */
  readonly session: string;
  /** The largest message this side takes, in bytes. */
  readonly messageBytes: number;
  /** The names of what this side exports, as far as they fit. */
  readonly exports: readonly string[];
}

/** What goes with a call beside its arguments. */
export interface Extras {
  /** Milliseconds left until the caller gives up. */
  readonly timeoutMs?: number;
  /** Whatever the caller passed as `metadata`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A message as it came out of JSON.parse: nothing but the array and its code has been checked. */
export type Message = readonly [code: number, ...fields: unknown[]];

/** How many names a session numbers; further ones are written out in each call. */
export const maxNumberedNames = 4096;
