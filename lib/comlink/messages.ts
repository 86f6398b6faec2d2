// What Comlink 4 posts. A request names what it is for in `type`, a reply is a value; both carry the id of the request.
// The types are our own: Comlink's would force the types of a browser on everybody.

/** A value as it stands in a message: structured clone does the rest. */
export type WireValue =
  | { readonly type: 'RAW'; readonly value: unknown }
  | { readonly type: 'HANDLER'; readonly name: string; readonly value: unknown };

const requestTypes = ['GET', 'SET', 'APPLY', 'CONSTRUCT', 'ENDPOINT', 'RELEASE'] as const;

/** What a request is for. */
export type RequestType = (typeof requestTypes)[number];

/** What is asked of the other side. */
export interface Request {
  readonly type: RequestType;
  /** Names from the exposed object down. */
  readonly path: readonly string[];
  readonly argumentList?: readonly WireValue[];
  readonly value?: WireValue;
}

/** An error as it stands in a message. */
export interface WireError {
  readonly message: string;
  readonly name: string;
  readonly stack: string;
}

/** What a value of the handler `throw` holds. */
export type WireThrown =
  | { readonly isError: true; readonly value: WireError }
  | { readonly isError: false; readonly value: unknown };

/** Any message of the protocol; what it holds has yet to be checked. */
export type Fields = Readonly<Record<string, unknown>>;

const types: ReadonlySet<unknown> = new Set(requestTypes);

/** The message, where it is one of Comlink's; `undefined` for the program's own, which travel over the same port. */
export function fieldsOf(data: unknown): Fields | undefined {
  return typeof data === 'object' && data !== null && 'type' in data && 'id' in data ? data : undefined;
}

/** Whether a message asks for something. */
export function isRequest({ type }: Fields): boolean {
  return types.has(type);
}

/** Whether something has the form of a value. */
export function isWireValue(value: unknown): value is WireValue {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return value.type === 'RAW' || (value.type === 'HANDLER' && 'name' in value);
}

/** Whether something is a list of names. */
export function isPath(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}
