import type { Target } from './call.ts';

/** The target that a path of names leads to. */
export function target(path: readonly string[]): Target {
  return { path, key: path.length === 1 ? `.${path[0]}` : JSON.stringify(path) };
}

/** A target as one would write it in code: `geometry.area` or `remote['odd name']`. */
export function targetName(path: readonly string[]): string {
  const [first, ...rest] = path;
  if (first === undefined) return 'remote';
  const dotted = (name: string): string => (identifier.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`);
  return (identifier.test(first) ? first : `remote[${JSON.stringify(first)}]`) + rest.map(dotted).join('');
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
