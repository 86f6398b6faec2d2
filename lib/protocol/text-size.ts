import { RpcError } from '../errors/rpc-error.ts';

/** How deeply the JSON of one message may be nested, and how many items it may hold. */
export interface TextLimits {
  readonly depth: number;
  readonly elements: number;
}

// A tag and the list inside it are brackets beside that of the value they stand for; around a value there are the
// brackets of its message and of the batch.
const bracketsForLevel = 3;
const bracketsAround = 8;

// The fields of a message, and what is among its extras.
const itemsAround = 1000;

/** The limits of a text that holds whole messages, where values have to keep these. */
export function messageBounds({ depth, elements }: TextLimits): TextLimits {
  return { depth: depth * bracketsForLevel + bracketsAround, elements: elements + itemsAround };
}

/**
 * Sees that a batch keeps the bounds before anything is made of it: JSON.parse takes a million levels of nesting, and
 * what recurses over the outcome does not.
 *
 * @param bounds - Of one message, from {@link messageBounds}.
 * @throws RpcError `PROTOCOL_ERROR`
 */
export function checkBatchShape(text: string, bounds: TextLimits): void {
  // Each level takes a character and so does each item: most texts are too short to be looked through, or hold too few
  // brackets, which the engine finds faster.
  if (text.length <= bounds.elements && (text.length <= bounds.depth || fewBrackets(text, bounds.depth)))
    return;
  const excess = excessOf(text, bounds, 1);
  if (excess === undefined) return;
  const what = excess === 'depth' ? 'that is nested too deeply' : 'that holds too many values';
  throw new RpcError('PROTOCOL_ERROR', `the other side sent a message ${what} (limits.${excess})`);
}

/** Which bound of a message is passed by its text, if one is. */
export function excessOfMessage(text: string, bounds: TextLimits): keyof TextLimits | undefined {
  return excessOf(`[${text}]`, bounds, 1);
}

/** Whether the text of a value holds more values than it may. */
export function tooManyElements(text: string, elements: number): boolean {
  return text.length > elements && excessOf(text, { depth: Infinity, elements }, 0) !== undefined;
}

function fewBrackets(text: string, most: number): boolean {
  let count = 0;
  for (const bracket of ['[', '{'])
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1))
      if (++count > most) return false;
  return true;
}

const quote = 34;
const comma = 44;
const backslash = 92;

// In ASCII the brackets and the braces differ in one bit, and nothing below the former is either.
const bracket = 91;
const curlyBit = 0x20;
const opening = 123;
const closing = 125;

/**
 * The first limit that a JSON text passes. Written as one loop: it is run over every character of a large message.
 *
 * @param level - Items are counted anew after each comma at this depth: between the messages of a batch.
 */
function excessOf(
  text: string,
  { depth, elements }: TextLimits,
  level: number,
): keyof TextLimits | undefined {
  let open = 0;
  let items = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at++);
    if (code === quote) {
      for (let inside = text.charCodeAt(at); inside !== quote && at < text.length;) {
        at += inside === backslash ? 2 : 1;
        inside = text.charCodeAt(at);
      }
      at++;
    } else if (code === comma) {
      if (open === level) items = 0;
      else if (++items > elements) return 'elements';
    } else if (code >= bracket) {
      const curly = code | curlyBit;
      if (curly === opening) {
        if (++open > depth) return 'depth';
        if (++items > elements) return 'elements';
      } else if (curly === closing) {
        open--;
      }
    }
  }
  return undefined;
}
