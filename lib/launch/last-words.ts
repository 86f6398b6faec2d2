// What Node prints below an uncaught error, and V8 before it gives up.
const trailer = /^Node\.js v\d/;
const fatal = 'FATAL ERROR: ';

/** The line a child printed to stderr that says most about its end; empty where it printed none. */
export function lastWords(stderr: string): string {
  const lines = stderr.trimEnd().split('\n');
  return (fatalError(lines) ?? uncaughtError(lines) ?? lines.at(-1) ?? '').trim();
}

/** Out of memory, most of the time; a native stack follows it. */
function fatalError(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line.startsWith(fatal));
}

/** Node shows the source with a mark below it, the error, its stack, and its own version last. */
function uncaughtError(lines: readonly string[]): string | undefined {
  if (!trailer.test(lines.at(-1) ?? '')) return undefined;
  const mark = lines.findLastIndex((line) => /^\s*\^+\s*$/.test(line));
  return mark === -1 ? undefined : lines.slice(mark + 1, -1).find((line) => line.trim() !== '');
}
