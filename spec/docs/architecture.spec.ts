import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { root } from './blocks.ts';

const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
const spec = readFileSync(join(root, 'spec/architecture.spec.ts'), 'utf8');

test('the table of the architecture is the one that the spec of the layers holds', () => {
  const held = spec.slice(spec.indexOf('const LAYERS'), spec.indexOf('const NODE_LAYERS'));
  const layers = [...held.matchAll(/^ {2}(\w+): '(.*)',$/gm)].map(([, layer, may]) => [layer, may]);
  const node = /const NODE_LAYERS = '(.*)';/.exec(spec)?.[1]?.split(' ');

  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*?) ?\| (yes )?\|$/gm)];
  expect(layers.length).toBeGreaterThan(10);
  expect(rows.map(([, layer, may]) => [layer, may])).toEqual(layers);
  expect(rows.filter(([, , , touches]) => touches !== undefined).map(([, layer]) => layer)).toEqual(node);
});

test('the files it names are there', () => {
  const named = [...page.matchAll(/`(?:lib\/)?([a-z]+\/[a-z-]+\.ts)`/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(30);
  for (const file of new Set(named)) expect(() => readFileSync(join(root, 'lib', file))).not.toThrow();
});
