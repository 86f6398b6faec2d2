import type { Measured } from '../measured.ts';
import { median, ratio, spread, timesOf } from '../measured.ts';
import type { Outcome } from '../outcomes.ts';

/**
 * A table for each group of scenarios, in Markdown that reads well on a terminal: the median, its ratio to the first
 * raw contender of the carrier, and the spread of the rounds.
 */
export function measuredTables(measured: Measured, level: string): string {
  const groups = [...new Set(measured.scenarios.map(({ group }) => group))];
  return groups
    .flatMap((group) => {
      const columns = measured.scenarios.filter(
        (scenario) => scenario.group === group && measured.times[scenario.name] !== undefined,
      );
      const rows = rowsOf(measured, columns);
      if (rows.length === 0) return [];
      const head = ['', ...columns.map(({ name, unit }) => `${name}, ${unit}`)];
      return [`${level} ${group[0]!.toUpperCase()}${group.slice(1)}\n\n${table([head, ...rows])}`];
    })
    .join('\n');
}

function rowsOf(measured: Measured, columns: Measured['scenarios']): string[][] {
  const rows: string[][] = [];
  for (const carrier of new Set(measured.contenders.map((contender) => contender.carrier))) {
    const group = measured.contenders.filter((contender) => contender.carrier === carrier);
    const raw = group.find(({ family }) => family === 'raw');
    const measuredRows = group
      .filter(({ name }) => columns.some((column) => timesOf(measured, column.name, name) !== undefined))
      .map(({ name, family }) => [
        family === 'portcall' ? `**${name}**` : name,
        ...columns.map((column) =>
          cell(timesOf(measured, column.name, name), raw && timesOf(measured, column.name, raw.name)),
        ),
      ]);
    if (measuredRows.length > 0) rows.push([`*${carrier}*`, ...columns.map(() => '')], ...measuredRows);
  }
  return rows;
}

function cell(own: readonly number[] | undefined, base: readonly number[] | undefined): string {
  if (own === undefined) return '–';
  const compared = base === undefined ? '' : ` ${ratio(own, base).toFixed(2)}x`;
  return `${figure(median(own))}${compared} ±${Math.round(spread(own) * 50)}%`;
}

/** Three digits that count. */
export function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

/** What was to be reached, and what was. */
export function outcomesTable(list: readonly Outcome[]): string {
  return table([
    ['scenario', 'who', 'against', 'at most', 'is', ''],
    ...list.map(({ scenario, contender, pinned, against, atMost, ratio: is }) => [
      `${scenario}${pinned ? ', pinned' : ''}`,
      contender,
      against,
      atMost.toFixed(2),
      is.toFixed(2),
      is <= atMost ? 'reached' : '**missed**',
    ]),
  ]);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!))).join(' | ')} |\n`;
  const ruler = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const [head, ...body] = rows;
  return [head!, ruler, ...body].map(line).join('');
}
