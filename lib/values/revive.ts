import { RpcError } from '../errors/rpc-error.ts';
import { errorFrom, fillError } from './error-values.ts';
import { instanceOf, unknownType } from './defined-values.ts';
import type { RegisteredTypes } from './registered-types.ts';
import { binaryKinds, mark, Tag } from './tags.ts';
import type { Importer, StreamFields, ValueLimits } from './values.ts';
import { isBytes, isShared, type Attachment } from '../shared/attachments.ts';

// A function's or class's name is for error messages; honest sides cut it.
const longestName = 64;

/**
 * One pass over a parsed text that holds tagged values, which puts what they stand for in their place.
 *
 * Objects and arrays are changed where they are: JSON.parse has just made them, with own properties under every key.
 */
export class Revival {
  readonly #attachments: readonly Attachment[];
  readonly #importer: Importer;
  readonly #limits: ValueLimits;
  readonly #types: RegisteredTypes;
  // The objects met, in the order of the text: what `Tag.same` counts. Those of registered types are not there yet
  // while their data is being read.
  readonly #met: (object | undefined)[] = [];
  #depth = 0;
  #problem: RpcError | undefined;

  constructor(
    attachments: readonly Attachment[],
    importer: Importer,
    limits: ValueLimits,
    types: RegisteredTypes,
  ) {
    this.#attachments = attachments;
    this.#importer = importer;
    this.#limits = limits;
    this.#types = types;
  }

  /**
   * The value that parsed JSON stands for.
   *
   * @throws RpcError `PROTOCOL_ERROR`. Where it is only a registered type that nothing could be made of, all else has
   * been read by then, and so can be let go of.
   */
  whole(json: unknown): unknown {
    const value = this.value(json);
    if (this.#problem !== undefined) throw this.#problem;
    return value;
  }

  /** Values that were written one after the other. Throws as {@link whole} does. */
  each(values: readonly unknown[]): readonly unknown[] {
    const read = values.map((json) => this.value(json));
    if (this.#problem !== undefined) throw this.#problem;
    return read;
  }

  /** What a part of it stands for. */
  value(json: unknown): unknown {
    if (typeof json !== 'object' || json === null) return json;
    // A tag and the list inside it count beside the object they stand for.
    if (++this.#depth > this.#limits.depth * 3)
      throw malformed(`nested more than ${this.#limits.depth} levels deep`);
    const value = Array.isArray(json) ? this.#array(json) : this.#properties(this.#meet(json as Fields));
    this.#depth--;
    return value;
  }

  #array(json: unknown[]): unknown {
    const first = json[0];
    if (first === mark) return this.#tagged(json);
    if (typeof first === 'string' && first.startsWith(mark)) json[0] = first.slice(mark.length);
    return this.#items(this.#meet(json));
  }

  #tagged(json: readonly unknown[]): unknown {
    // Taken out one by one: as many values as these are in a message, a rest of them costs as much as reading them.
    const a = json[2];
    const b = json[3];
    switch (json[1]) {
      case Tag.undefined:
        return undefined;
      case Tag.number:
        return this.#number(a);
      case Tag.bigint:
        return this.#bigint(a);
      case Tag.same:
        return this.#same(a);
      case Tag.date:
        return this.#meet(new Date(typeof a === 'number' ? a : NaN));
      case Tag.regexp:
        return this.#meet(this.#regexp(a, b));
      case Tag.url:
        return this.#meet(build('a URL', () => new URL(String(a))));
      case Tag.map:
        return this.#map(list(a));
      case Tag.set:
        return this.#set(list(a));
      case Tag.sparse:
        return this.#sparse(a, list(b));
      case Tag.binary:
        return this.#meet(this.#binary(a, b));
      case Tag.error:
        return this.#error(a, fieldsOf(b), json[4]);
      case Tag.signal:
        return this.#signal(a, json);
      case Tag.reason:
        return this.#meet(this.#importer.reason(whole(a)) as object);
      case Tag.bare:
        return this.#bare(fieldsOf(a));
      case Tag.reference:
        return this.#meet(this.#importer.reference(whole(a), whole(b), shortName(json[4])));
      case Tag.yours:
        return this.#yours(a, json.slice(3));
      case Tag.stream:
        return this.#meet(this.#importer.stream(streamFields(json.slice(2))));
      case Tag.type:
        return this.#defined(nameOf(a), b);
      case Tag.shared:
        return this.#meet(this.#shared(a, b, json[4], json[5]));
      case Tag.port:
        return this.#meet(this.#importer.carried('port', this.#attachments[whole(a)]));
      case Tag.handle:
        return this.#meet(this.#importer.carried('handle', this.#attachments[whole(a)]));
      case Tag.tunnel:
        return this.#meet(this.#importer.tunnel({ id: whole(a), items: whole(b), bytes: whole(json[4]) }));
      default:
        throw malformed(`unknown tag ${JSON.stringify(json[1])}`);
    }
  }

  #meet<T extends object>(object: T): T {
    this.#met.push(object);
    return object;
  }

  #items(items: unknown[]): unknown[] {
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (typeof item === 'object' && item !== null) items[index] = this.value(item);
    }
    return items;
  }

  #properties(object: Fields): Fields {
    for (const key of Object.keys(object)) {
      const item = object[key];
      // Only ever overwrites an own property, "__proto__" included: JSON.parse makes it one.
      if (typeof item === 'object' && item !== null) object[key] = this.value(item);
    }
    return object;
  }

  #same(place: unknown): object {
    const object = this.#met[whole(place)];
    if (object === undefined) throw malformed(`refers to object ${String(place)} of ${this.#met.length}`);
    return object;
  }

  #regexp(source: unknown, flags: unknown): RegExp {
    // Some run for as long as their author likes.
    if (this.#limits.trust === 'none')
      throw malformed(
        "a regular expression, which is not taken from a side with trust: 'none'; send its source",
      );
    return build('a regular expression', () => new RegExp(String(source), String(flags)));
  }

  #map(flat: readonly unknown[]): Map<unknown, unknown> {
    const map = this.#meet(new Map<unknown, unknown>());
    for (let index = 0; index + 1 < flat.length; index += 2) {
      // In the order of the text, which numbers the objects.
      const key = this.value(flat[index]);
      map.set(key, this.value(flat[index + 1]));
    }
    return map;
  }

  #set(items: readonly unknown[]): Set<unknown> {
    const set = this.#meet(new Set<unknown>());
    for (const item of items) set.add(this.value(item));
    return set;
  }

  #sparse(length: unknown, entries: readonly unknown[]): unknown[] {
    const size = whole(length);
    if (size > 0xffff_ffff) throw malformed(`an array of length ${size}`);
    const array: unknown[] = this.#meet([]);
    // By way of the greatest length, at which the engine keeps a table of the items that are there: room for all that
    // could be would let a few bytes from the other side take up gigabytes here.
    array.length = 0xffff_ffff;
    array.length = size;
    for (let at = 0; at + 1 < entries.length; at += 2) {
      const index = whole(entries[at]);
      if (index >= size) throw malformed(`item ${index} of an array of length ${size}`);
      array[index] = this.value(entries[at + 1]);
    }
    return array;
  }

  #bare(fields: Fields): object {
    const object = this.#meet(Object.create(null) as Fields);
    for (const key of Object.keys(fields)) object[key] = this.value(fields[key]);
    return object;
  }

  #binary(kind: unknown, index: unknown): object {
    const bytes = this.#attachments[whole(index)];
    const name = binaryKinds[whole(kind)];
    if (bytes === undefined || !isBytes(bytes) || name === undefined)
      throw malformed('bytes that did not come with it');
    const exact = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
    if (name === 'ArrayBuffer') return exact.buffer;
    if (name === 'Uint8Array') return exact;
    const View: new (buffer: ArrayBufferLike) => object = globalThis[name];
    return build(`a ${name} of ${bytes.byteLength} bytes`, () => new View(exact.buffer));
  }

  /** Memory that the other side has as well. */
  #shared(kind: unknown, index: unknown, from: unknown, length: unknown): object {
    const memory = this.#attachments[whole(index)];
    const name = binaryKinds[whole(kind)];
    if (!isShared(memory) || name === undefined) throw malformed('shared memory that did not come with it');
    if (name === 'ArrayBuffer') return memory;
    const View: new (buffer: ArrayBufferLike, from: number, length: number) => object = globalThis[name];
    return build(`a ${name} of shared memory`, () => new View(memory, whole(from), whole(length)));
  }

  #error(className: unknown, fields: Fields, name: unknown): Error {
    const defined = typeof name === 'string' ? this.#types.errorsByName.get(name) : undefined;
    const error = this.#meet(errorFrom(className, fields, defined));
    // The fields are no object of the sender's: they are read in place and are not counted.
    for (const key of Object.keys(fields)) {
      const field = fields[key];
      if (typeof field !== 'object' || field === null) continue;
      fields[key] = key === 'own' ? this.#properties(field as Fields) : this.value(field);
    }
    fillError(error, fields);
    return error;
  }

  #signal(id: unknown, json: readonly unknown[]): AbortSignal {
    if (json.length < 4) return this.#meet(this.#importer.signal(whole(id)));
    // Its place comes before those of the objects in its reason, which may lead back to it.
    const controller = this.#importer.aborting(whole(id));
    const signal = this.#meet(controller.signal);
    controller.abort(this.value(json[3]));
    return signal;
  }

  #yours(base: unknown, path: readonly unknown[]): unknown {
    if (!Number.isSafeInteger(base)) throw malformed(`${JSON.stringify(base)} as a number`);
    const value = this.#importer.yours(base as number, path.map(nameOf));
    // Counted whatever it is: the sender, which does not know, has counted it.
    this.#met.push(value as object);
    return value;
  }

  #defined(name: string, json: unknown): unknown {
    const place = this.#met.push(undefined) - 1;
    const plain = this.value(json);
    try {
      const type = this.#types.typesByName.get(name);
      if (type === undefined) throw unknownType(name);
      return (this.#met[place] = instanceOf(type, plain));
    } catch (problem) {
      this.#problem ??= problem as RpcError;
      return (this.#met[place] = {});
    }
  }

  #number(text: unknown): number {
    const number = typeof text === 'string' ? numbers.get(text) : undefined;
    if (number === undefined) throw malformed('a number that is none');
    return number;
  }

  #bigint(digits: unknown): bigint {
    if (
      typeof digits !== 'string' ||
      digits.length > this.#limits.bigintDigits + 1 ||
      !/^-?\d+$/.test(digits)
    )
      throw malformed('a BigInt that is none or has too many digits');
    return BigInt(digits);
  }
}

type Fields = Record<string, unknown>;

/** The numbers that JSON does not have. */
const numbers: ReadonlyMap<string, number> = new Map(
  [NaN, Infinity, -Infinity].map((n) => [String(n), n]),
).set('-0', -0);

function list(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw malformed('a list that is none');
  return json;
}

function fieldsOf(json: unknown): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformed('fields that are none');
  return json as Fields;
}

function whole(json: unknown): number {
  if (!Number.isSafeInteger(json) || (json as number) < 0)
    throw malformed(`${JSON.stringify(json)} as a number`);
  return json as number;
}

function streamFields([id, kind, items = 0, bytes = 0, sink]: readonly unknown[]): StreamFields {
  const fields = { id: whole(id), kind: whole(kind), items: whole(items), bytes: whole(bytes) };
  return sink === undefined ? fields : { ...fields, sink: whole(sink) };
}

function nameOf(json: unknown): string {
  if (typeof json !== 'string') throw malformed(`${JSON.stringify(json)} as a name`);
  return json;
}

/** A name for people. What is cut is copied: a part of a text would keep all of it. */
function shortName(json: unknown): string {
  const name = nameOf(json);
  return name.length <= longestName ? name : Array.from(name.slice(0, longestName)).join('');
}

function build<T>(what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new RpcError('PROTOCOL_ERROR', `the other side sent ${what} that is not valid`, { cause });
  }
}

function malformed(what: string): RpcError {
  return new RpcError('PROTOCOL_ERROR', `the other side sent a malformed value: ${what}`);
}
