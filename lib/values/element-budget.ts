import { tooManyElements } from '../protocol/text-size.ts';
import { Unsendable } from './unsendable.ts';

/**
 * The text of a value, where it holds no more values than it may.
 *
 * @throws Unsendable
 */
export function withinElements(text: string, elements: number): string {
  if (!tooManyElements(text, elements)) return text;
  throw new Unsendable(
    `more than ${elements} values`,
    'send it in parts, as a stream or as bytes, or raise limits.elements on both sides',
  );
}
