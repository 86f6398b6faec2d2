import { linkOf } from '../call/link.ts';
import { isShared } from '../shared/attachments.ts';
import { describe } from '../shared/describe.ts';
import { isByReference } from './by-reference.ts';
import { definedTypeOf, tagDefined } from './defined-values.ts';
import { tagError } from './error-values.ts';
import { isPlainPrimitive } from './plain.ts';
import { binaryKinds, Tag } from './tags.ts';
import { Unsendable } from './unsendable.ts';
import type { Writing } from './writing.ts';

/** Writes an object that is neither a plain object nor an array of this realm. */
export function tagSpecial(walk: Writing, value: object, prototype: unknown): unknown {
  const defined = definedTypeOf(walk.types, value);
  if (defined !== undefined) return tagDefined(walk, value, defined);
  const write = isByReference(value) ? undefined : (writers.get(prototype) ?? byInheritance(value));
  if (write !== undefined) return write(walk, value);
  const tagged = walk.exporter.object(value, (object) => walk.carry(object));
  if (tagged !== undefined) return walk.tag(...tagged);
  const rare = writerOf(value, prototype);
  if (rare !== undefined) return rare(walk, value);
  throw new Unsendable(describe(value), adviceFor(value));
}

type Writer = (walk: Writing, value: object) => unknown;

const writers: ReadonlyMap<unknown, Writer> = new Map<unknown, Writer>([
  [null, writeBare],
  [Date.prototype, writeDate],
  [RegExp.prototype, writeRegExp],
  [Map.prototype, writeMap],
  [Set.prototype, writeSet],
  [URL.prototype, writeUrl],
  [AbortSignal.prototype, writeSignal],
  [Error.prototype, tagError],
]);

/** Data of classes that extend a built-in one: views such as Node's Buffer, and errors, always go by value. */
function byInheritance(value: object): Writer | undefined {
  if (ArrayBuffer.isView(value)) return writeView;
  if (value instanceof Error) return tagError;
  return value instanceof AbortSignal ? writeSignal : undefined;
}

/** Objects whose prototype alone does not tell: buffers, and what comes from another realm. */
function writerOf(value: object, prototype: unknown): Writer | undefined {
  switch (Object.prototype.toString.call(value)) {
    case '[object ArrayBuffer]':
      return writeBuffer;
    case '[object SharedArrayBuffer]':
      return writeBuffer;
    case '[object Error]':
    case '[object DOMException]':
      return tagError;
    default:
      return isOtherRealms(prototype) ? writerByTag(value) : undefined;
  }
}

/**
 * Whether a prototype is a built-in one of another realm (`node:vm`, a frame): its maker is native code there, and its
 * own prototype ends the chain at most one step further up.
 */
function isOtherRealms(prototype: unknown): prototype is object {
  if (typeof prototype !== 'object' || prototype === null || prototype instanceof Object) return false;
  const above: unknown = Object.getPrototypeOf(prototype);
  return above === null || Object.getPrototypeOf(above) === null;
}

function isObjectPrototype(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');
}

function writerByTag(value: object): Writer | undefined {
  if (Array.isArray(value)) return (walk, list) => walk.array(list as unknown[]);
  switch (Object.prototype.toString.call(value)) {
    case '[object Object]':
      // Plain ones only, which have their `Object.prototype` right above them.
      return isObjectPrototype(Object.getPrototypeOf(value))
        ? (walk, object) => walk.properties(object)
        : undefined;
    case '[object Date]':
      return writeDate;
    case '[object RegExp]':
      return writeRegExp;
    case '[object Map]':
      return writeMap;
    case '[object Set]':
      return writeSet;
    default:
      return undefined;
  }
}

// The intrinsic methods are called, not the value's: an own property of that name is not what the value is.

/** Without a prototype: an object, or a remote, which has none to show. */
function writeBare(walk: Writing, value: object): unknown {
  const link = linkOf(value);
  if (link !== undefined) return walk.tag(...walk.exporter.remote(value, link));
  return walk.tag(Tag.bare, walk.properties(value));
}

function writeDate(walk: Writing, value: object): unknown {
  const time = Date.prototype.getTime.call(value);
  return walk.tag(Tag.date, Number.isNaN(time) ? null : time);
}

function writeRegExp(walk: Writing, value: object): unknown {
  const { source, flags } = value as RegExp;
  return walk.tag(Tag.regexp, source, flags);
}

function writeUrl(walk: Writing, value: object): unknown {
  return walk.tag(Tag.url, (value as URL).href);
}

function writeMap(walk: Writing, value: object): unknown {
  const flat: unknown[] = [];
  // The entries as they are now: what is read of them may run code that adds more.
  Map.prototype.forEach.call(value, (item, key) => void flat.push(key, item));
  for (let place = 0; place < flat.length; place += 2) {
    const key = flat[place];
    const item = flat[place + 1];
    const name = typeof key === 'string' ? key : place / 2;
    if (!isPlainPrimitive(key)) flat[place] = walk.child(`key ${name}`, key);
    if (!isPlainPrimitive(item)) flat[place + 1] = walk.child(name, item);
  }
  return walk.tag(Tag.map, flat);
}

function writeSet(walk: Writing, value: object): unknown {
  return walk.tag(Tag.set, walk.items([...Set.prototype.values.call(value)]));
}

function writeView(walk: Writing, value: object): unknown {
  const view = value as ArrayBufferView;
  // Subclasses, such as Node's Buffer, arrive as the built-in class below them.
  const kind = binaryKinds.findIndex((name) => name !== 'ArrayBuffer' && value instanceof globalThis[name]);
  const byName =
    kind === -1
      ? binaryKinds.findIndex((name) => Object.prototype.toString.call(value) === `[object ${name}]`)
      : kind;
  if (byName === -1) throw new Unsendable(describe(value), 'send a Uint8Array of its bytes');
  const { buffer, byteOffset, byteLength } = view;
  if (isShared(buffer) && walk.exporter.carries?.shared === true) {
    const length = 'length' in view ? view.length : byteLength;
    return walk.tag(Tag.shared, byName, walk.carry(buffer), byteOffset, length);
  }
  return walk.tag(Tag.binary, byName, walk.attach(buffer, byteOffset, byteLength));
}

function writeBuffer(walk: Writing, value: object): unknown {
  const buffer = value as ArrayBufferLike;
  if (isShared(buffer) && walk.exporter.carries?.shared === true)
    return walk.tag(Tag.shared, 0, walk.carry(buffer), 0, buffer.byteLength);
  return walk.tag(Tag.binary, binaryKinds.indexOf('ArrayBuffer'), walk.attach(buffer, 0, buffer.byteLength));
}

function writeSignal(walk: Writing, value: object): unknown {
  const signal = value as AbortSignal;
  const id = walk.exporter.signal(signal);
  return signal.aborted
    ? walk.tag(Tag.signal, id, walk.child('reason', signal.reason))
    : walk.tag(Tag.signal, id);
}

function adviceFor(value: object): string {
  if (value instanceof Promise) return 'await it first';
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
    return 'nothing outside this process can hold what it refers to: send a Map, a Set or the value itself';
  }
  if (value instanceof String || value instanceof Number || value instanceof Boolean)
    return 'send the primitive value';
  return 'send a plain object with the data that is needed';
}
