import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { withoutOwnFrames } from '../shared/own-frames.ts';
import type { DefinedError } from './definitions.ts';
import { definedErrorOf } from './registered-types.ts';
import { Tag } from './tags.ts';
import { Unsendable } from './unsendable.ts';
import type { Writing } from './writing.ts';

// Errors keep their built-in class, never one that is looked up by a name from the wire: the table is closed.

/** Makes an error of one class from its message and its other fields. */
type Maker = (message: string, fields: Readonly<Record<string, unknown>>) => Error;

const classes: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['Error', (message: string) => new Error(message)],
  ['TypeError', (message: string) => new TypeError(message)],
  ['RangeError', (message: string) => new RangeError(message)],
  ['SyntaxError', (message: string) => new SyntaxError(message)],
  ['ReferenceError', (message: string) => new ReferenceError(message)],
  ['EvalError', (message: string) => new EvalError(message)],
  ['URIError', (message: string) => new URIError(message)],
  ['AggregateError', (message: string) => new AggregateError([], message)],
  [
    'DOMException',
    (message: string, { name }: Readonly<Record<string, unknown>>) =>
      new DOMException(message, typeof name === 'string' ? name : 'Error'),
  ],
  [
    'RpcError',
    (message: string, { own }: Readonly<Record<string, unknown>>) => {
      const code = typeof own === 'object' && own !== null && 'code' in own ? own.code : undefined;
      return new RpcError(code as never, message);
    },
  ],
]);

/** Writes an error. Parts of it that cannot be sent are replaced by a text that says so: the error itself always is. */
export function tagError(walk: Writing, value: object): unknown {
  const error = value as Error;
  const number = walk.exporter.reasonOf(error);
  if (number !== undefined) return walk.tag(Tag.reason, number);

  const className = classOf(error);
  const defined = definedErrorOf(walk.types, error);
  const name = nameOf(error, className);
  const fields: Record<string, unknown> = {};
  // The class that was defined says itself what its errors are called, where they do not.
  const says = defined?.prototype === Object.getPrototypeOf(error) && !hasOwn(error, 'name');
  if (name !== className && !says) fields['name'] = name;
  fields['message'] = textOf(read(error, 'message'));
  fields['stack'] = withoutOwnFrames(textOf(read(error, 'stack')));
  if (hasOwn(error, 'cause')) fields['cause'] = part(walk, 'cause', read(error, 'cause'));
  if (className === 'AggregateError') fields['errors'] = part(walk, 'errors', read(error, 'errors'));
  const own = ownProperties(walk, error, className);
  if (own !== undefined) fields['own'] = own;
  return walk.tag(Tag.error, className, fields, ...(defined === undefined ? [] : [defined.name]));
}

/**
 * Makes the error that was written as a class and fields; `fill` gives it its parts later, so that a cause that leads
 * back to it finds it.
 *
 * @param defined - The class that it is of here, where it was defined.
 */
export function errorFrom(
  className: unknown,
  fields: Readonly<Record<string, unknown>>,
  defined: DefinedError | undefined,
): Error {
  const make = (typeof className === 'string' ? classes.get(className) : undefined) ?? classes.get('Error')!;
  const error = make(textOf(fields['message']), fields);
  // Only where the class is what the sender took it for, one that extends this built-in one.
  if (
    defined !== undefined &&
    Object.prototype.isPrototypeOf.call(Object.getPrototypeOf(error), defined.prototype)
  )
    Object.setPrototypeOf(error, defined.prototype);
  return error;
}

/** Gives an error its name, stack, cause, errors and own properties, each as an ordinary error has it. */
export function fillError(error: Error, fields: Readonly<Record<string, unknown>>): void {
  const hidden = (name: string): void => {
    if (Object.hasOwn(fields, name)) define(error, name, fields[name], false);
  };
  // A DOMException's name is an accessor that its constructor has set.
  if (!(error instanceof DOMException) && typeof fields['name'] === 'string') hidden('name');
  // Whoever logs an error relies on these two being text.
  if (typeof fields['stack'] === 'string') hidden('stack');
  hidden('cause');
  hidden('errors');
  const { own } = fields;
  if (typeof own !== 'object' || own === null) return;
  for (const [name, value] of Object.entries(own)) if (!ownFields.has(name)) define(error, name, value, true);
}

// What an error has fields of its own for, whatever class it is of.
const ownFields: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause']);

// Defined, not assigned: "__proto__" is a property like any other, and no setter runs.
function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });
}

/** The closest built-in class, found by walking up to a prototype that is one of this realm's. */
function classOf(error: Error): string {
  if (error instanceof RpcError) return 'RpcError';
  for (const name of classes.keys()) {
    const known: unknown = Reflect.get(globalThis, name);
    if (typeof known === 'function' && name !== 'Error' && error instanceof known) return name;
  }
  if (error instanceof Error) return 'Error';
  // Another realm's: its name says what it is, and only names in the table mean anything.
  const name = read(error, 'name');
  return typeof name === 'string' && classes.has(name) && name !== 'RpcError' ? name : 'Error';
}

/** The name to show: what the error says itself, or that of a class which did not bother to say. */
function nameOf(error: Error, className: string): string {
  const name = read(error, 'name');
  const says = typeof name === 'string' && name !== '' ? name : className;
  if (says !== className || hasOwn(error, 'name')) return says;
  const maker = read(error, 'constructor');
  const makerName = typeof maker === 'function' ? read(maker, 'name') : undefined;
  return typeof makerName === 'string' && makerName !== '' ? makerName : says;
}

function ownProperties(walk: Writing, error: Error, className: string): Record<string, unknown> | undefined {
  let own: Record<string, unknown> | undefined;
  for (const key of keysOf(error)) {
    // Only an AggregateError has a field for its errors; that of another is a property like any other.
    if (ownFields.has(key) || (key === 'errors' && className === 'AggregateError')) continue;
    const written = part(walk, key, read(error, key));
    own ??= {};
    define(own as never, key, written, true);
  }
  return own;
}

/** A part of an error, or a text in its place where it cannot be sent. */
function part(walk: Writing, step: string, value: unknown): unknown {
  const before = walk.checkpoint();
  try {
    return walk.child(step, value);
  } catch (problem) {
    walk.rollBack(before);
    return `[${problem instanceof Unsendable ? problem.what : 'a value'} that could not be sent]`;
  }
}

function keysOf(error: object): string[] {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
}

function hasOwn(error: object, key: string): boolean {
  try {
    return Object.hasOwn(error, key);
  } catch {
    return false;
  }
}

// A getter of a thrown value may throw itself; the rest of the error is still worth having.
function read(error: object, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : describe(value);
}
