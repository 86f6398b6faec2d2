import type { Link } from '../call/link.ts';
import type { TextLimits } from '../protocol/text-size.ts';
import type { Trust } from '../protocol/trust.ts';
import type { Attachment, Carries } from '../shared/attachments.ts';

/** A value on its way out: JSON text, how to read it, and the bytes beside it. */
export interface Encoded {
  readonly text: string;
  /** One of `Form`. */
  readonly form: number;
  readonly attachments: readonly Attachment[];
}

/** A value as it arrived: parsed JSON, how to read it, and the bytes beside it. */
export interface Arrived {
  readonly json: unknown;
  /** One of `Form`. */
  readonly form: number;
  readonly attachments: readonly Attachment[];
}

/** A tag and the fields behind it. */
export type Tagged = readonly [tag: number, ...fields: unknown[]];

/** What a session does for a codec that meets something which is not data while it writes a message. */
export interface Exporter {
  /** What the channel can carry as itself; nothing where it is left out. */
  readonly carries?: Carries | undefined;
  /** Makes a signal live at the other side. Returns the number it is known by there. */
  signal(signal: AbortSignal): number;
  /** The number of the signal of the other side whose reason this is, if it is one. */
  reasonOf(value: object): number | undefined;
  /**
   * A function, which the other side calls from where it is.
   *
   * @param owner - The object it was found in, on which it is called.
   */
  callable(value: object, owner: object | undefined): Tagged;
  /**
   * An object that is passed by reference, a stream, a port or a handle; `undefined` for one that is none of these.
   *
   * @param carry - Adds an object that the channel carries as itself to the attachments, and gives its index there.
   */
  object(value: object, carry: (object: object) => number): Tagged | undefined;
  /** A remote: of this session, or of another, to whose other side calls are forwarded. */
  remote(value: object, link: Link): Tagged;
  /** How much has been registered so far, for {@link undo}. */
  mark(): number;
  /** Takes back what has been registered since; none of it will be in the text. */
  undo(mark: number): void;
}

/** What a session does for a codec that meets something which is not data while it reads a message. */
export interface Importer {
  /** The live signal that stands for the other side's. */
  signal(id: number): AbortSignal;
  /** Of a signal of the other side that had aborted already; it is aborted here once its reason has been read. */
  aborting(id: number): AbortController;
  /** The reason that a signal of this side was aborted with. */
  reason(id: number): unknown;
  /** The remote for what the other side keeps under this number. */
  reference(id: number, kind: number, name: string): object;
  /** What this side has itself, and the other has sent back. */
  yours(base: number, path: readonly string[]): unknown;
  /** The stream that leads to or from the other side's. */
  stream(fields: StreamFields): object;
  /** A port or a handle that the channel has carried. */
  carried(kind: CarriedKind, object: unknown): object;
  /** The port at this side of a tunnel to one of the other side's. */
  tunnel(fields: TunnelFields): object;
}

/** What a channel carries as itself, other than memory. */
export type CarriedKind = 'port' | 'handle';

/** A tunnelled port as it stands in a text: its number, and what may be sent to it at once. */
export interface TunnelFields {
  readonly id: number;
  readonly items: number;
  readonly bytes: number;
}

/** A stream as it stands in a text: its number and kind, and what may be sent at once where items go to the writer. */
export interface StreamFields {
  readonly id: number;
  readonly kind: number;
  readonly items: number;
  readonly bytes: number;
  /** Of a stream in both directions, the number of the one to write to. */
  readonly sink?: number;
}

/** Turns values into text and bytes, and back. One for each session. */
export interface Codec {
  /** The form of what it writes that is not plain: one of `Form`. */
  readonly form: number;

  /**
   * The text of a plain primitive or of a short list of some, which most arguments and results are: nothing in it can be
   * registered, refused or changed later. `undefined` for all else, which is for {@link encode}.
   */
  short(value: unknown): string | undefined;

  /** The other side has said what it takes: from now on no more than that is written. */
  narrow(theirs: TextLimits): void;

  /**
   * Writes a value as it is now; later changes to it are not seen.
   *
   * @param root - What the value is called in error messages: `arguments`, `result`.
   * @throws RpcError `NOT_SERIALIZABLE` with the path to what cannot be sent
   */
  encode(value: unknown, root: string, exporter: Exporter): Encoded;

  /** Writes whatever was thrown; where parts of it cannot be sent, as much of it as can. Never throws. */
  encodeThrown(thrown: unknown, exporter: Exporter): Encoded;

  /**
   * Reads a value.
   *
   * @throws RpcError `PROTOCOL_ERROR` when it is not well-formed
   */
  decode(arrived: Arrived, importer: Importer): unknown;
}

/** The limits a codec keeps. */
export interface ValueLimits {
  /**
   * With `'none'` errors are written without stack, cause and own properties, and no regular expression is made.
   *
   * @defaultValue 'full'
   */
  readonly trust?: Trust | undefined;
  readonly depth: number;
  readonly elements: number;
  readonly bigintDigits: number;
  /** Which of them are the other side's, being less than this side's own. */
  readonly theirs?: Readonly<Record<keyof TextLimits, boolean>> | undefined;
}
