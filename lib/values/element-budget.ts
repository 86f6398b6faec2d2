import { tooManyElements } from '../protocol/text-size.ts';
import { toRaise } from './narrowed.ts';
import { Unsendable } from './unsendable.ts';
import type { ValueLimits } from './values.ts';

/**
 * The text of a value, where it holds no more values than it may.
 *
 * @throws Unsendable
 */
export function withinElements(text: string, limits: ValueLimits): string {
  if (!tooManyElements(text, limits.elements)) return text;
  throw new Unsendable(
    `more than ${limits.elements} values`,
    `send it in parts, as a stream or as bytes, or ${toRaise('elements', limits)}`,
  );
}
