import { isIdentifier, memberText } from '../shared/member-text.ts';
import type { Target, TargetBase } from './call.ts';

/** The target that a path of names leads to, from the exports or from something else the other side has. */
export function target(path: readonly string[], base?: TargetBase): Target {
  const key = path.length === 1 ? `.${path[0]}` : JSON.stringify(path);
  return base === undefined ? { path, key } : { path, key, base };
}

/** A target as one would write it in code: `geometry.area`, `remote['odd name']`, `Counter.increment`. */
export function targetName({ path, base }: Pick<Target, 'path' | 'base'>): string {
  if (base !== undefined) return base.name + path.map(memberText).join('');
  const [first, ...rest] = path;
  if (first === undefined) return 'remote';
  return (isIdentifier(first) ? first : `remote${memberText(first)}`) + rest.map(memberText).join('');
}
