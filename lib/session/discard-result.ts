import { linkOf } from '../call/link.ts';
import { isPort } from '../shared/attachments.ts';
import { isByReference } from '../values/by-reference.ts';
import type { StreamValue } from './streams/stream-values.ts';

/** What {@link discardResult} needs of its session. */
export interface Discarding {
  /** What a value is that can be streamed. */
  readonly streamValue: (value: object) => StreamValue | undefined;
  /** Told of what goes wrong in closing. */
  readonly report: (error: unknown) => void;
}

/**
 * Closes the streams and ports in a result that nobody will get, wherever in plain data they are: whoever returned them
 * has let go of them.
 */
export function discardResult(result: unknown, { streamValue, report }: Discarding): void {
  const seen = new Set<object>();
  const left = [result];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    try {
      if (linkOf(value) !== undefined || isByReference(value)) continue;
      if (isPort(value)) value.close();
      else if (!pushParts(value, left)) discardStream(streamValue(value), report);
    } catch {
      // It cannot be looked at, or is locked: then somebody else reads or writes it, and will end it.
    }
  }
}

/**
 * Closes a stream that a one-way call has returned. Only that, and only one to read: nobody was to get the result, so
 * that it may as well be something the function has kept.
 */
export function discardUnwanted(result: unknown, { streamValue, report }: Discarding): void {
  if (typeof result !== 'object' || result === null) return;
  try {
    if (linkOf(result) === undefined && !isByReference(result) && !isPort(result))
      discardStream({ readable: streamValue(result)?.readable }, report);
  } catch {
    // It cannot be looked at, or somebody reads it.
  }
}

/** Adds what is in a container of data; gives whether the value is one. */
function pushParts(value: object, parts: unknown[]): boolean {
  // One at a time: a container may hold more than a call can have arguments.
  const push = (part: unknown): void => void parts.push(part);
  if (Array.isArray(value) || value instanceof Set) {
    value.forEach(push);
    return true;
  }
  if (value instanceof Map) {
    for (const entry of value) entry.forEach(push);
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // An iterable by hand is a stream.
  if (Symbol.asyncIterator in value || Symbol.iterator in value) return false;
  Object.values(value).forEach(push);
  return true;
}

function discardStream(stream: StreamValue | undefined, report: (error: unknown) => void): void {
  if (stream === undefined) return;
  const { readable, writable } = stream;
  // Nobody else hears of what goes wrong on the way out.
  readable?.hear?.();
  const closing = [
    async () => readable?.source().return?.(),
    async () => {
      const sink = writable?.sink();
      sink?.onFailure?.(() => {});
      await sink?.abort(new DOMException('nobody takes the result', 'AbortError'));
    },
  ];
  for (const close of closing) close().catch(report);
}
