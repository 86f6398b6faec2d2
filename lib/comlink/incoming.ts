import { transferHandlers } from 'comlink';
import { MessagePort } from 'node:worker_threads';

import { RpcError } from '../errors/rpc-error.ts';
import { describe } from '../shared/describe.ts';
import { isWireValue } from './messages.ts';
import type { References } from './references.ts';

/** What a value that arrived stands for: a value, or something thrown. */
export type Arrived =
  | { readonly thrown: false; readonly value: unknown }
  | { readonly thrown: true; readonly value: unknown };

/**
 * Reads a value.
 *
 * @throws RpcError `PROTOCOL_ERROR` where it is none; whatever a transfer handler of the program throws
 */
export function arrived(wire: unknown, references: References): Arrived {
  if (!isWireValue(wire)) throw malformed(`no value but ${describe(wire)}`);
  if (wire.type === 'RAW') return { thrown: false, value: wire.value };
  if (wire.name === 'throw') return { thrown: true, value: thrown(wire.value) };
  if (wire.name === 'proxy') {
    if (!(wire.value instanceof MessagePort)) throw malformed('an object by reference without its port');
    return { thrown: false, value: references.reach(wire.value) };
  }
  const handler = transferHandlers.get(wire.name);
  if (handler === undefined) {
    throw malformed(`a value of the transfer handler ${describe(wire.name)}, which is not registered here`);
  }
  return { thrown: false, value: handler.deserialize(wire.value) };
}

/** Lets go of what a value that nobody will read keeps at the other side. */
export function discard(wire: unknown, references: References): void {
  if (!isWireValue(wire)) return;
  if (wire.type === 'HANDLER' && wire.name === 'proxy' && wire.value instanceof MessagePort)
    references.discard(wire.value);
}

function malformed(what: string): RpcError {
  return new RpcError('PROTOCOL_ERROR', `the other side sent ${what}`);
}

// A closed table: no class is looked up by a name from the wire.
const classes: ReadonlyMap<unknown, new (message: string) => Error> = new Map(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((made) => [
    made.name,
    made,
  ]),
);

/** What was thrown: anything, or an error made anew from what Comlink writes of it. */
function thrown(written: unknown): unknown {
  if (typeof written !== 'object' || written === null || !('isError' in written))
    throw malformed('an error without a form');
  const value = 'value' in written ? written.value : undefined;
  if (written.isError !== true) return value;
  if (typeof value !== 'object' || value === null) throw malformed('an error without fields');
  const fields = new Map<string, unknown>(Object.entries(value));
  const made = classes.get(fields.get('name')) ?? Error;
  const message = fields.get('message');
  const error = new made(typeof message === 'string' ? message : '');
  fields.delete('message');
  // Hidden where errors have them hidden; defined and not assigned, so that no setter runs.
  const hidden = new Set(['stack', ...(made.name === fields.get('name') ? [] : ['name'])]);
  if (!hidden.has('name')) fields.delete('name');
  for (const [name, field] of fields) {
    if (hidden.has(name) && typeof field !== 'string') continue;
    Object.defineProperty(error, name, {
      value: field,
      enumerable: !hidden.has(name),
      writable: true,
      configurable: true,
    });
  }
  return error;
}
