import type { TextLimits } from '../protocol/text-size.ts';
import type { ValueLimits } from './values.ts';

/** The limits of what is written, once the other side has said what it takes. */
export function narrowed(own: ValueLimits, theirs: TextLimits): ValueLimits {
  return {
    ...own,
    depth: Math.min(own.depth, theirs.depth),
    elements: Math.min(own.elements, theirs.elements),
    theirs: { depth: theirs.depth < own.depth, elements: theirs.elements < own.elements },
  };
}

/** What to do about a value that passes a limit: as the end of "or …". */
export function toRaise(limit: keyof TextLimits, { theirs }: Pick<ValueLimits, 'theirs'>): string {
  return theirs?.[limit] === true
    ? `raise limits.${limit} at the other side, which takes no more`
    : `raise limits.${limit} on both sides`;
}
