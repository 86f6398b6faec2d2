import { describe } from '../shared/describe.ts';
import { isPlainPrimitive } from '../values/plain.ts';
import { UnsendablePart } from './beside.ts';
import { Unsendable } from '../values/unsendable.ts';

/**
 * Sees that what superjson has made of a value is JSON. What it does not know it leaves as it is, and JSON.stringify
 * would lose it without a word.
 *
 * @throws UnsendablePart, Unsendable
 */
export function checkJson(json: unknown, seen: Set<object> = new Set()): void {
  if (isPlainPrimitive(json)) return;
  if (typeof json !== 'object' || json === null)
    throw new Unsendable(describe(json), 'register it with superjson, or send something else');
  // Superjson repeats what is shared.
  if (seen.has(json)) return;
  seen.add(json);
  if (Array.isArray(json)) {
    for (let index = 0; index < json.length; index++) {
      if (!(index in json))
        throw new Unsendable('an array with holes', 'superjson does not keep them: fill them');
      checkJson(json[index], seen);
    }
    return;
  }
  if (Object.getPrototypeOf(json) !== Object.prototype)
    throw new UnsendablePart(
      json,
      new Unsendable(describe(json), 'register it with superjson, or send a plain object'),
      [],
    );
  for (const item of Object.values(json)) checkJson(item, seen);
}
