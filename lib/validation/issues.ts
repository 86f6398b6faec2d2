import type { Issue } from '../errors/errors.ts';
import { describe } from '../shared/describe.ts';
import { memberText } from '../shared/member-text.ts';
import type { StandardSchemaIssue } from './validation.ts';

// What is wrong with a value can be as much as the value itself, and says it in its own words: an error carries no
// more than helps to put it right.
const mostIssues = 32;
const mostInMessage = 3;
const longestMessage = 400;
const longestStep = 200;

/** What a schema has found, as it goes into an error: plain data of a bounded size. */
export function issuesFrom(
  found: readonly StandardSchemaIssue[],
  before: readonly (string | number)[],
): Issue[] {
  return found.slice(0, mostIssues).map(({ message, path = [] }) => ({
    message: cut(message, longestMessage),
    path: [...before, ...Array.from(path, stepOf)],
  }));
}

/** Issues in words: `arguments[0].name: expected a string`. */
export function issuesText(root: string, issues: readonly Issue[]): string {
  const texts = issues
    .slice(0, mostInMessage)
    .map(({ message, path }) => `${root}${path.map(stepText).join('')}: ${message}`);
  const more = issues.length - texts.length;
  return texts.join('; ') + (more > 0 ? `; and ${more} more (see issues)` : '');
}

function stepOf(step: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key: unknown = typeof step === 'object' && step !== null ? step.key : step;
  if (typeof key === 'number') return key;
  // A key of a Map can be anything.
  return typeof key === 'string' ? cut(key, longestStep) : describe(key);
}

function stepText(step: string | number): string {
  return typeof step === 'number' ? `[${step}]` : memberText(step);
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
