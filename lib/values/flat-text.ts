import { Form } from '../protocol/protocol.ts';
import { noAttachments } from '../shared/attachments.ts';
import { isPlainPrimitive } from './plain.ts';
import type { Encoded } from './values.ts';

// Longer arrays are rarely lists of arguments, and gain nothing from being looked at twice.
const flatItems = 8;

/** The codec's result for a value that needs no walk. */
export function plainText(text: string): Encoded {
  return { text, form: Form.plain, attachments: noAttachments };
}

/** The text of a plain primitive or a short list of some, written piece by piece: a third of what JSON.stringify takes. */
export function flatText(value: unknown): string | undefined {
  if (isPlainPrimitive(value)) return primitiveText(value);
  try {
    return listText(value);
  } catch {
    // A Proxy or a getter that throws: the walk meets it again, and can say where.
    return undefined;
  }
}

function listText(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > flatItems || Object.getPrototypeOf(value) !== Array.prototype) {
    return undefined;
  }
  let text = '[';
  for (let index = 0; index < value.length; index++) {
    const item: unknown = value[index];
    if (!isPlainPrimitive(item)) return undefined;
    text += index === 0 ? primitiveText(item) : `,${primitiveText(item)}`;
  }
  return `${text}]`;
}

function primitiveText(value: string | number | boolean | null): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${value}`;
}
