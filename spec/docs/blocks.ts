// Code in Markdown and in the comments of lib, found and written out as files.

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A fenced block of JavaScript or TypeScript. */
export interface Block {
  /** Where it stands: `docs/calls.md:12`. */
  readonly at: string;
  /** The file it is written to, in the folder of its document: what its first line says, or its own. */
  readonly file: string;
  readonly code: string;
  /** Whether it is marked to be run: its fence says so. */
  readonly run: boolean;
}

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** The documents whose code is compiled. */
export function documents(): string[] {
  const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'SECURITY.md', ...guides.toSorted().map((name) => `docs/${name}`)];
}

/** The blocks of a document. Those that name a file in their first line lie beside each other. */
export function blocksOf(document: string): Block[] {
  const folder = basename(document, '.md');
  return fenced(readFileSync(join(root, document), 'utf8'), document).map((block) => ({
    ...block,
    file: `${folder}/${block.file}`,
  }));
}

/** The examples in the comments of the sources that an entry exports from. */
export function examples(): Block[] {
  const entries = readdirSync(join(root, 'lib'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, 'lib', name), 'utf8'));
  return readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => entries.some((entry) => entry.includes(`'./${path}'`)))
    .toSorted()
    .flatMap((path) => {
      const text = readFileSync(join(root, 'lib', path), 'utf8');
      // Line by line, so that the numbers of the lines stay what they are.
      const comments = text
        .split('\n')
        .map((line) => (/^\s*\*/.test(line) ? line.replace(/^\s*\* ?/, '') : ''))
        .join('\n');
      const folder = `lib-${path.replaceAll('/', '-').replace(/\.ts$/, '')}`;
      return fenced(comments, `lib/${path}`).map((block) => ({ ...block, file: `${folder}/${block.file}` }));
    });
}

/** What the lines that print say they print: `console.log(…); // this`. */
export function expectedOutput(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\).*?[;,] \/\/ (.*)$/gm)].map((match) => match[1] ?? '');
}

/** Writes blocks below a folder, as the modules of a package. */
export function writeProject(folder: string, blocks: readonly Block[]): void {
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write('package.json', '{ "type": "module" }\n');
  for (const { file, code } of blocks) write(file, code);
}

/** Installs a package that is a folder somewhere else. */
export function install(folder: string, name: string, path: string): void {
  mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
  symlinkSync(path, join(folder, 'node_modules', name), 'junction');
}

function fenced(text: string, source: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; language: string; run: boolean; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (open === undefined) {
      const fence = /^```(ts|js)( run)?$/.exec(line);
      if (fence !== null)
        open = { line: index + 1, language: fence[1] ?? '', run: fence[2] !== undefined, lines: [] };
      else if (/^```(ts|js|typescript|javascript)\b/.test(line))
        throw new Error(`${source}:${index + 1}: a fence is \`\`\`ts or \`\`\`js, with or without "run"`);
    } else if (line === '```') {
      const named = /^\/\/ ([\w-]+\.[mc]?[jt]s)$/.exec(open.lines[0] ?? '')?.[1];
      const file = named ?? `line-${open.line}.${open.language}`;
      blocks.push({
        at: `${source}:${open.line}`,
        file,
        code: `${open.lines.join('\n')}\n`,
        run: open.run,
      });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  return blocks;
}
