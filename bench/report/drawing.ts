import { median, timesOf, type Measured } from '../measured.ts';
import { figure } from './tables.ts';

const WIDTH = 760;
const LABEL_WIDTH = 190;
const FIGURE_WIDTH = 110;
const BAR_HEIGHT = 14;
const ROW_HEIGHT = 20;
const HEAD_HEIGHT = 40;

/** What is drawn: throughput first, for that is where contenders differ most. */
const drawn = ['64 in flight', '1,024 in flight', 'burst of 10,000', 'stream, an item'];

/** Colours for a light background, and those that differ on a dark one. */
const STYLE = `text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:14px}.portcall{fill:#0a7d5a}.raw{fill:#8c959f}.peer{fill:#c9d1d9}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.portcall{fill:#2fbf8f}.raw{fill:#6e7681}.peer{fill:#3d444d}}`;

/** Bars of calls a second, the longest first: an SVG for the documentation. */
export function drawing(measured: Measured): string {
  let y = 0;
  const panels: string[] = [];
  for (const scenario of drawn) {
    const bars = barsOf(measured, scenario);
    if (bars.length === 0) continue;
    panels.push(panel(scenario, bars, y));
    y += HEAD_HEIGHT + bars.length * ROW_HEIGHT;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" width="${WIDTH}" height="${y + 10}" role="img" aria-label="Calls a second, measured side by side">
<style>${STYLE}</style>
${panels.join('\n')}
</svg>
`;
}

interface Bar {
  readonly name: string;
  readonly family: string;
  readonly perSecond: number;
}

function barsOf(measured: Measured, scenario: string): readonly Bar[] {
  return measured.contenders
    .flatMap(({ name, family }): Bar[] => {
      const times = timesOf(measured, scenario, name);
      return times === undefined ? [] : [{ name, family, perSecond: 1e6 / median(times) }];
    })
    .toSorted((a, b) => b.perSecond - a.perSecond);
}

function panel(scenario: string, bars: readonly Bar[], top: number): string {
  const longest = WIDTH - LABEL_WIDTH - FIGURE_WIDTH;
  const most = bars[0]!.perSecond;
  const rows = bars.map(({ name, family, perSecond }, row) => {
    const y = top + HEAD_HEIGHT + row * ROW_HEIGHT;
    const width = Math.max(1, (perSecond / most) * longest);
    const middle = y + BAR_HEIGHT - 3;
    return `<text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${escaped(name)}</text><rect class="${family}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/><text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${middle}">${figure(perSecond)}</text>`;
  });
  return `<text class="title" x="0" y="${top + 26}">${escaped(scenario)}: calls or items a second</text>
${rows.join('\n')}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
