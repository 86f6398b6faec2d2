import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/reliability.md', root), 'utf8');

/** The rows of the table: the fault, and the specs that are named for it. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`spec/'))
  .map((line) => line.slice(2, -2).split(' | '))
  .map((cells) => [cells[0] ?? '', (cells.at(-1) ?? '').split('; ')] as const);

describe('the table of faults', () => {
  test('has a row for each', () => {
    expect(rows.length).toBeGreaterThan(40);
    const faults = page.split('\n').filter((line) => line.startsWith('| ')).length;
    // Each row but the head names specs.
    expect(rows).toHaveLength(faults - 1);
  });

  test.each(rows)('names specs that are there: %s', (_, specs) => {
    for (const named of specs) {
      const [, file = '', name = ''] = /^`(spec\/[^`]+\.spec\.ts)`: (.+)$/.exec(named) ?? [];
      expect(existsSync(new URL(file, root)), named).toBe(true);
      expect(readFileSync(new URL(file, root), 'utf8'), named).toContain(name);
    }
  });
});
