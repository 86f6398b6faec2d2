import { linkOf } from '../call/link.ts';
import { isByReference } from './by-reference.ts';
import { describe } from '../shared/describe.ts';
import { toRaise } from './narrowed.ts';
import { isPlainPrimitive } from './plain.ts';
import { noTypes, type RegisteredTypes } from './registered-types.ts';
import { tagSpecial } from './special.ts';
import { isBytes, type Attachment } from '../shared/attachments.ts';
import { mark, Tag } from './tags.ts';
import { isToBeMoved, stays } from './transfer.ts';
import { Unsendable } from './unsendable.ts';
import type { Exporter, ValueLimits } from './values.ts';
import type { Checkpoint, Writing } from './writing.ts';

// Up to here a scan of the objects met is faster than a Map of them.
const scanned = 48;

// Past this length an array is looked through for holes before it is copied.
const mayHaveHoles = 10_000;

/**
 * One pass over a value that is about to be sent. It makes a copy which JSON.stringify writes as it stands, so that
 * every accessor is read once and the value travels as it was at the call.
 */
export class Walk implements Writing {
  /** Whether the copy holds tagged values, which the other side has to look for. */
  tagged = false;
  readonly attachments: Attachment[] = [];
  readonly path: (string | number)[] = [];
  readonly limits: ValueLimits;
  readonly exporter: Exporter;
  readonly bareErrors: boolean;
  readonly types: RegisteredTypes;
  #depth = 0;
  // Instances whose data is being written in their place, outermost first.
  readonly #open: object[] = [];
  // The originals met so far, in the order in which the other side will meet them.
  readonly #met: object[] = [];
  #places: Map<object, number> | undefined;
  // The objects that functions were found in.
  #owners: Map<object, object> | undefined;

  constructor(limits: ValueLimits, exporter: Exporter, types: RegisteredTypes = noTypes) {
    this.limits = limits;
    this.exporter = exporter;
    this.bareErrors = limits.trust === 'none';
    this.types = types;
  }

  /** The path to the value under way. */
  get here(): (string | number)[] {
    return this.path.slice(0, this.#depth);
  }

  /** What stands for the value in the text. */
  value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : this.tag(Tag.number, Object.is(value, -0) ? '-0' : String(value));
      case 'undefined':
        return this.tag(Tag.undefined);
      case 'bigint':
        return this.tag(Tag.bigint, this.#digits(value));
      case 'object':
        return value === null ? null : this.#object(value);
      case 'symbol':
        throw new Unsendable('a symbol', 'send its description');
      default:
        return this.callable(value as object, undefined);
    }
  }

  /** A function, or a remote of one. */
  callable(value: object, owner: object | undefined): unknown {
    const before = this.#place(value);
    const link = linkOf(value);
    if (before === undefined) {
      if (link !== undefined) return this.tag(...this.exporter.remote(value, link));
      if (owner !== undefined) (this.#owners ??= new Map()).set(value, owner);
    } else {
      if (link !== undefined || this.#owners?.get(value) === owner) return this.tag(Tag.same, before);
      // Found in another object, it is called on that: something else to the other side, and counted there as such.
      this.#met.push(value);
    }
    return this.tag(...this.exporter.callable(value, owner));
  }

  tag(tag: number, ...fields: readonly unknown[]): readonly unknown[] {
    this.tagged = true;
    return fields.length === 1 ? [mark, tag, fields[0]] : [mark, tag, ...fields];
  }

  child(step: string | number, value: unknown): unknown {
    if (this.#depth >= this.limits.depth) throw tooDeep(this.limits);
    this.path[this.#depth++] = step;
    const written = this.value(value);
    this.#depth--;
    return written;
  }

  instead(object: object, value: unknown): unknown {
    if (this.#open.length >= this.limits.depth) throw tooDeep(this.limits);
    this.#open.push(object);
    try {
      return this.value(value);
    } finally {
      this.#open.pop();
    }
  }

  items(list: readonly unknown[]): unknown[] {
    return list.map((item, index) => this.child(index, item));
  }

  properties(object: object): Record<string, unknown> {
    const copy = this.#snapshot(object);
    // Faster than a list of the keys. What the prototype of all objects may have been given is passed over.
    for (const key in copy) {
      const item = copy[key];
      if (isPlainPrimitive(item) || !Object.hasOwn(copy, key)) continue;
      // Never creates a property, only overwrites one: an own "__proto__" stays one.
      copy[key] = typeof item === 'function' ? this.#method(key, item, object) : this.child(key, item);
    }
    return copy;
  }

  #method(key: string, method: object, owner: object): unknown {
    this.path[this.#depth++] = key;
    const written = this.callable(method, owner);
    this.#depth--;
    return written;
  }

  // Copied: the walk fixes the value as it is now. Memory that was marked stands in the list as it is, and is taken when
  // the message is posted.
  attach(buffer: ArrayBufferLike, byteOffset: number, byteLength: number): number {
    if (isToBeMoved(buffer)) {
      if (this.exporter.carries?.transfer === true && byteLength === buffer.byteLength)
        return this.#moved(buffer);
      // It goes by copy, and no later message moves it either.
      if (!this.#isMoved(buffer)) stays(buffer);
    }
    // Made from a view of them, memory is not filled with zeros first.
    return this.attachments.push(new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength))) - 1;
  }

  carry(object: object): number {
    const before = this.attachments.indexOf(object);
    return before === -1 ? this.attachments.push(object) - 1 : before;
  }

  #moved(buffer: ArrayBufferLike): number {
    if (!this.#isMoved(buffer)) return this.attachments.push(new Uint8Array(buffer)) - 1;
    return this.attachments.findIndex((part) => isBytes(part) && part.buffer === buffer);
  }

  #isMoved(buffer: ArrayBufferLike): boolean {
    return this.attachments.some((part) => isBytes(part) && part.buffer === buffer);
  }

  checkpoint(): Checkpoint {
    return {
      depth: this.#depth,
      met: this.#met.length,
      attached: this.attachments.length,
      exported: this.exporter.mark(),
    };
  }

  rollBack(to: Checkpoint): void {
    this.#depth = to.depth;
    for (const object of this.#met.splice(to.met)) this.#places?.delete(object);
    this.attachments.length = to.attached;
    this.exporter.undo(to.exported);
  }

  #object(value: object): unknown {
    const before = this.#place(value);
    if (before !== undefined) return this.#again(value, before);
    const prototype: unknown = prototypeOf(value);
    if (prototype === Object.prototype) {
      if (!isByReference(value) && !isIterable(value)) return this.properties(value);
      const tagged = this.exporter.object(value, (object) => this.carry(object));
      return tagged === undefined ? this.properties(value) : this.tag(...tagged);
    }
    if (prototype === Array.prototype) return this.array(value as unknown[]);
    return tagSpecial(this, value, prototype);
  }

  #again(object: object, place: number): unknown {
    if (this.#open.includes(object))
      throw new Unsendable(
        `${describe(object)} of a registered type that holds itself`,
        'it is made only once its data is there: leave that out in its toPlain()',
      );
    return this.tag(Tag.same, place);
  }

  /** An array of this realm or another: as an array, or tagged where it has holes. */
  array(list: readonly unknown[]): unknown {
    // A copy of one with holes takes as long as it is said to be, however little it holds.
    if (list.length > mayHaveHoles && hasHole(list)) return this.#sparse(list, 0);
    const copy = Array.prototype.slice.call(list) as unknown[];
    for (let index = 0; index < copy.length; index++) {
      const item = copy[index];
      if (isPlainPrimitive(item)) continue;
      if (item === undefined && !(index in copy)) return this.#sparse(copy, index);
      copy[index] = this.child(index, item);
    }
    return this.#escaped(copy);
  }

  /** The rest of an array from its first hole on; what is before that hole has been walked. */
  #sparse(copy: readonly unknown[], hole: number): unknown {
    const entries: unknown[] = [];
    for (const key of Object.keys(copy)) {
      const index = Number(key);
      if (String(index) !== key) continue;
      entries.push(index, index < hole ? copy[index] : this.child(index, copy[index]));
    }
    return this.tag(Tag.sparse, copy.length, entries);
  }

  #escaped(copy: unknown[]): unknown[] {
    const first = copy[0];
    if (typeof first === 'string' && first.startsWith(mark)) {
      this.tagged = true;
      copy[0] = mark + first;
    }
    return copy;
  }

  /** Where an object was met before; `undefined` for one that is new, which now has a place. */
  #place(object: object): number | undefined {
    const met = this.#met;
    if (this.#places === undefined) {
      for (let place = 0; place < met.length; place++) if (met[place] === object) return place;
      if (met.length === scanned)
        this.#places = new Map([...met, object].map((known, place) => [known, place]));
    } else {
      const place = this.#places.get(object);
      if (place !== undefined) return place;
      this.#places.set(object, met.length);
    }
    met.push(object);
    return undefined;
  }

  /** The own enumerable properties as plain data: each accessor is called here, once. */
  #snapshot(object: object): Record<string, unknown> {
    try {
      return { ...object };
    } catch (cause) {
      const accessor = throwingAccessor(object);
      if (accessor !== undefined) this.path[this.#depth++] = accessor;
      throw new Unsendable('a getter that threw', 'send a plain copy without it', cause);
    }
  }

  #digits(value: bigint): string {
    // Writing out decimal digits takes time that grows with their square; hexadecimal ones, of which there are fewer,
    // are counted first.
    const most = this.limits.bigintDigits;
    const tooLong = value.toString(16).length > most + 1;
    const text = tooLong ? '' : value.toString();
    if (tooLong || text.length - (value < 0n ? 1 : 0) > most) {
      throw new Unsendable(`a BigInt of more than ${most} digits`, 'raise limits.bigintDigits on both sides');
    }
    return text;
  }
}

function tooDeep(limits: ValueLimits): Unsendable {
  return new Unsendable(
    `nested more than ${limits.depth} levels deep`,
    `flatten it or ${toRaise('depth', limits)}`,
  );
}

function hasHole(list: readonly unknown[]): boolean {
  for (let index = 0; index < list.length; index++) if (!(index in list)) return true;
  return false;
}

/** Whether an object, which is plain but for that, is a stream of items. */
function isIterable(value: object): boolean {
  const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = value as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return asynchronous !== undefined || synchronous !== undefined;
}

function prototypeOf(value: object): unknown {
  try {
    return Object.getPrototypeOf(value);
  } catch (cause) {
    throw new Unsendable('a revoked Proxy', 'send the data itself', cause);
  }
}

/** The name of the only accessor of an object, which then is the one that threw. */
function throwingAccessor(object: object): string | undefined {
  try {
    const accessors = Object.entries(Object.getOwnPropertyDescriptors(object)).filter(
      ([, descriptor]) => descriptor.enumerable === true && descriptor.get !== undefined,
    );
    return accessors.length === 1 ? accessors[0]?.[0] : undefined;
  } catch {
    return undefined;
  }
}
