/**
 * The name that was probably meant, for "did you mean …" in error messages.
 *
 * Levenshtein distance in one row; a name further away than a third of its length is no likely typing error. Both
 * sides are cut, since a name from the wire can be as long as a message.
 */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  const longest = 64;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(Math.min(wanted.length, longest) / 3)) + 1;
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue;
    const found = distance(wanted.slice(0, longest).toLowerCase(), name.slice(0, longest).toLowerCase());
    if (found < bestDistance) {
      best = name;
      bestDistance = found;
    }
  }
  return best;
}

function distance(a: string, b: string): number {
  const row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0]!;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!;
      const replaced = diagonal + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, above + 1, row[j - 1]! + 1);
      diagonal = above;
    }
  }
  return row[b.length]!;
}
