import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/** Every folder of lib, lowest first, and the folders that it may import. A folder not named here is an error. */
const LAYERS: Record<string, string> = {
  shared: '',
  errors: 'shared',
  call: 'errors shared',
  context: 'call errors shared',
  middleware: 'call errors shared',
  validation: 'middleware call errors shared',
  protocol: 'errors shared',
  channel: 'protocol errors shared',
  framing: 'channel protocol errors shared',
  values: 'protocol call errors shared',
  superjson: 'values protocol call errors shared',
  remote: 'values call errors shared',
  session: 'values channel protocol middleware call errors shared',
  transports: 'framing channel protocol errors shared',
  connect: 'transports session remote values channel protocol validation middleware call errors shared',
  child: 'connect transports session remote values channel protocol middleware call errors shared',
  launch: 'connect transports session remote values channel protocol middleware call errors shared',
  comlink: 'connect session remote values protocol middleware call errors shared',
  supervise: 'launch connect transports session remote values channel protocol middleware call errors shared',
  pool: 'supervise launch connect transports session remote values channel protocol middleware call errors shared',
  testing: 'framing channel protocol errors shared',
};

/** Where a process, a thread or a socket is touched. All other layers run in a browser too. */
const NODE_LAYERS = 'context transports connect child launch comlink testing';

/** Each package, and the layers that may import it. */
const PACKAGES: Record<string, string> = {
  nanoid: 'session connect child launch',
  superjson: 'superjson',
  comlink: 'comlink',
};

/** Files directly in lib only re-export, but for this one: it is run, and imports only what runs. */
const STARTED_ENTRY = { file: 'bootstrap.ts', imports: './child/main.ts' };

/** Past this many lines, look for the second idea in a file. */
const LONG_FILE_LINES = 250;

interface Import {
  readonly specifier: string;
  readonly line: number;
}

interface Source {
  /** Relative to lib, with `/`. */
  readonly path: string;
  /** The folder, or '' for an entry. */
  readonly layer: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly tree: ts.SourceFile;
}

const lib = fileURLToPath(new URL('../lib/', import.meta.url));
const sources = readSources();
const known = new Map(sources.map((source) => [source.path, source]));

describe('lib', () => {
  test('has sources, all of them within a known layer', () => {
    expect(sources.length).toBeGreaterThan(0);
    const folders = sources.map(({ layer }) => layer).filter((layer) => layer !== '');
    expect([...new Set(folders)].filter((layer) => !Object.hasOwn(LAYERS, layer))).toEqual([]);
  });

  test('imports its own files by their real names', () => {
    expect(
      problems((source, { specifier }) => {
        if (!specifier.startsWith('.')) return undefined;
        const target = targetOf(source, specifier);
        return known.has(target) ? undefined : `${target} is no source of lib`;
      }),
    ).toEqual([]);
  });

  test('imports only along the arrows between layers', () => {
    expect(
      problems((source, { specifier }) => {
        if (!specifier.startsWith('.') || source.layer === '') return undefined;
        const target = layerOf(targetOf(source, specifier));
        if (target === source.layer || words(LAYERS[source.layer]).includes(target)) {
          return undefined;
        }
        return target === '' ? 'a layer imports an entry' : `${source.layer} may not import ${target}`;
      }),
    ).toEqual([]);
  });

  test('touches Node only where a process, a thread or a socket is', () => {
    expect(
      problems((source, { specifier }) => {
        if (!specifier.startsWith('node:') || words(NODE_LAYERS).includes(source.layer)) {
          return undefined;
        }
        return `${source.layer || 'an entry'} may not import ${specifier}`;
      }),
    ).toEqual([]);
  });

  test('imports packages only where they belong', () => {
    expect(
      problems((source, { specifier }) => {
        if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        const allowed = Object.hasOwn(PACKAGES, name) ? words(PACKAGES[name]) : [];
        return allowed.includes(source.layer)
          ? undefined
          : `${source.layer || 'an entry'} may not import ${name}`;
      }),
    ).toEqual([]);
  });

  test('has no import cycles, types included', () => {
    expect(findCycles()).toEqual([]);
  });

  test('has entries that only re-export', () => {
    const found: string[] = [];
    for (const source of sources.filter(({ layer }) => layer === '')) {
      const started = source.path === STARTED_ENTRY.file;
      for (const statement of source.tree.statements) {
        const right = started
          ? isImportForEffect(statement, STARTED_ENTRY.imports)
          : ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
        if (!right) found.push(`${at(source, statement)}: ${firstLine(source, statement)}`);
      }
    }
    expect(found).toEqual([]);
  });

  test('has no `export *`, no `any` and no mutable variable of a module', () => {
    const found: string[] = [];
    for (const source of sources) {
      visit(source.tree, (node) => {
        const star =
          ts.isExportDeclaration(node) &&
          (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause));
        const any = node.kind === ts.SyntaxKind.AnyKeyword;
        const variable =
          ts.isVariableStatement(node) &&
          node.parent === source.tree &&
          !isConstant(node.declarationList) &&
          !isAmbient(node);
        if (star || any || variable) found.push(`${at(source, node)}: ${firstLine(source, node)}`);
      });
    }
    expect(found).toEqual([]);
  });

  test('reports how long its files are', () => {
    const byLength = sources.toSorted((a, b) => b.lines - a.lines);
    const long = byLength.filter(({ lines }) => lines > LONG_FILE_LINES);
    const median = byLength[Math.floor(byLength.length / 2)]?.lines;
    const longest = byLength[0];
    console.log(
      `lib: ${sources.length} files, median ${median} lines, longest ${longest?.lines} (${longest?.path})`,
    );
    if (long.length > 0) console.table(long.map(({ path, lines }) => ({ path, lines })));
  });
});

function readSources(): Source[] {
  return readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => /\.[cm]?tsx?$/.test(file))
    .toSorted()
    .map((path) => {
      const text = readFileSync(resolve(lib, path), 'utf8');
      const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
      const lines = text.split('\n').length - 1;
      return { path, layer: layerOf(path), lines, imports: importsOf(tree), tree };
    });
}

/** Static, re-exported, dynamic (`import('x')`) and in types (`typeof import('x')`). */
function importsOf(tree: ts.SourceFile): Import[] {
  const imports: Import[] = [];
  visit(tree, (node) => {
    let specifier: ts.Node | undefined;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      specifier = node.moduleSpecifier;
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      specifier = node.argument.literal;
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      specifier = node.arguments[0];
    }
    if (specifier && ts.isStringLiteralLike(specifier)) {
      imports.push({ specifier: specifier.text, line: lineOf(tree, node) });
    }
  });
  return imports;
}

function findCycles(): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const follow = (source: Source): void => {
    if (done.has(source.path)) return;
    const start = path.indexOf(source.path);
    if (start >= 0) {
      cycles.push([...path.slice(start), source.path].join(' -> '));
      return;
    }
    path.push(source.path);
    for (const { specifier } of source.imports) {
      const target = specifier.startsWith('.') && known.get(targetOf(source, specifier));
      if (target) follow(target);
    }
    path.pop();
    done.add(source.path);
  };
  for (const source of sources) follow(source);
  return cycles;
}

/** What `judge` says about each import, with the place where it stands. */
function problems(judge: (source: Source, found: Import) => string | undefined): string[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((found) => {
      const problem = judge(source, found);
      return problem === undefined ? [] : [`lib/${source.path}:${found.line}: ${problem}`];
    }),
  );
}

function targetOf(source: Source, specifier: string): string {
  const target = relative(lib, resolve(lib, dirname(source.path), specifier));
  return target.split(sep).join('/');
}

function layerOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function isImportForEffect(statement: ts.Statement, specifier: string): boolean {
  return (
    ts.isImportDeclaration(statement) &&
    statement.importClause === undefined &&
    ts.isStringLiteral(statement.moduleSpecifier) &&
    statement.moduleSpecifier.text === specifier
  );
}

function isConstant(list: ts.VariableDeclarationList): boolean {
  // Bits, and so numbers: `const`, `let` and `using` share two of them.
  const kind: number = list.flags & ts.NodeFlags.BlockScoped;
  const constant: number = ts.NodeFlags.Const;
  return kind === constant;
}

function isAmbient(node: ts.VariableStatement): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

function at(source: Source, node: ts.Node): string {
  return `lib/${source.path}:${lineOf(source.tree, node)}`;
}

function firstLine(source: Source, node: ts.Node): string {
  return node.getText(source.tree).split('\n', 1)[0] ?? '';
}

function words(list: string | undefined): string[] {
  return list ? list.split(' ') : [];
}
