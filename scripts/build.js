// Makes dist: `tsc` one to one from lib, then the entries of the package and the child's bootstrap as few files.
// `--if-stale` does nothing when dist was made from what is there now, so that `npm test` and
// `npm run demo` after `npm ci` do not build again.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const bootstrap = join(dist, 'bootstrap.js');
// Beside the tools that built it, and so outside of what is published: `npm ci` removes both.
const stampFile = join(root, 'node_modules', '.cache', 'portcall-build');

const stamp = await hashInputs();
if (process.argv.includes('--if-stale') && existsSync(bootstrap) && (await readStamp()) === stamp) {
  process.exit(0);
}

// Clean first: a module that was renamed must not live on in dist. The stamp goes before dist does,
// so that a build that fails half way counts as stale.
await rm(stampFile, { force: true });
await rm(dist, { recursive: true, force: true });
compile();
await bundleEntries();
await bundleBootstrap(await bundleStart());
await mkdir(join(stampFile, '..'), { recursive: true });
await writeFile(stampFile, stamp);

function compile() {
  // By path, not by name: the bin `tsc` on a PATH may be another TypeScript.
  const tsc = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
  const { status, error } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * Node takes half a millisecond to load a file, and there are more than two hundred. The types, and what specs look
 * at from within, stay one to one.
 */
async function bundleEntries() {
  const lib = join(root, 'lib');
  const entries = (await readdir(lib)).filter((name) => name.endsWith('.ts') && name !== 'bootstrap.ts');
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name.slice(0, -'.ts'.length), join(lib, name)])),
    cwd: root,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    // Node's, and the packages the user has.
    external: /^[^./]/,
    transform: { target: 'node20' },
    treeshake: { moduleSideEffects: true },
    preserveEntrySignatures: 'allow-extension',
  });
  await bundle.write({
    dir: dist,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    // Finds files relative to its own, which is as deep here as in lib.
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: 'bootstrap-file', test: /bootstrap-file\.ts$/ }],
    },
    comments: { legal: true, annotation: true, jsdoc: false },
    sourcemap: true,
  });
  await bundle.close();
}

/**
 * What children start with: a file of its own, which is read sooner than the bootstrap, and the same as the head of
 * that. By its name Node knows without any package.json that it is a module.
 */
async function bundleStart() {
  const bundle = await rolldown({
    input: join(root, 'lib', 'child', 'start.ts'),
    cwd: root,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    external: /^node:/,
    transform: { target: 'node20' },
    treeshake: { moduleSideEffects: true },
  });
  const { output } = await bundle.write({
    file: join(dist, 'child', 'start.mjs'),
    format: 'esm',
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: true,
  });
  await bundle.close();
  const { code } = output[0];
  const other = /(['"])\.\.\/bootstrap\.js\1/g;
  if (code.match(other)?.length !== 1)
    throw new Error('dist/child/start.mjs does not name the bootstrap once');
  return code
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .replace(other, "''")
    .trim();
}

/**
 * The child of a bundled parent has no node_modules to import from, and one file starts faster than forty:
 * so everything but `node:` goes into dist/bootstrap.js, dynamic imports included.
 */
async function bundleBootstrap(/** @type {string} */ start) {
  // Of lib only these run for their effect. Rolldown would take package.json's `sideEffects`, which speaks
  // of dist, to mean that nothing in lib has any, and make an empty bundle.
  const effects = new Set(['lib/bootstrap.ts', 'lib/child/main.ts'].map((file) => join(root, file)));
  const bundle = await rolldown({
    input: join(root, 'lib', 'bootstrap.ts'),
    cwd: root,
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    external: /^node:/,
    transform: { target: 'node20' },
    treeshake: { moduleSideEffects: (id) => effects.has(id) },
    onLog(level, log, print) {
      // An import that could not be resolved would be left as it is, and the file not self-contained.
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      print(level, log);
    },
  });
  const { output } = await bundle.generate({
    file: bootstrap,
    // Modules of Node by `require`, and nothing that could not stand in a function.
    format: 'cjs',
    codeSplitting: false,
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: true,
    // Names that stacks show stay, and not all is on one line: Node prints the line an uncaught error came from.
    minify: {
      compress: { keepNames: { function: true, class: true } },
      mangle: { keepNames: true },
      codegen: { removeWhitespace: false },
    },
  });
  await bundle.close();

  const chunk = output[0];
  // An inlined dynamic import is listed as one of the file itself.
  const foreign = [...chunk.imports, ...chunk.dynamicImports].filter(
    (name) => !name.startsWith('node:') && name !== chunk.fileName,
  );
  if (foreign.length > 0) throw new Error(`dist/bootstrap.js still imports ${foreign.join(', ')}`);
  if (!/\S/.test(chunk.code.replace(/^\/\/.*$/gm, ''))) {
    throw new Error('dist/bootstrap.js is empty: lib/bootstrap.ts has no effect');
  }
  await writeBootstrap(start, chunk);
}

/**
 * Writes the bundle as a function of what it needs from the module around it, in a comment: V8 passes over it, and
 * the start above compiles it apart, or takes what has been compiled before. A module of Node's is loaded when something
 * of it is used: `import` would also load all it exports.
 *
 * @param {string} start
 * @param {import('rolldown').OutputChunk} chunk
 */
async function writeBootstrap(start, { code: bundled, map }) {
  const code = bundled
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    .replaceAll(/\bimport\(/g, 'importing(')
    // V8 reads text with other signs than these more slowly, and keeps it in twice the memory.
    .replaceAll(/[^\0-\x7f]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  for (const impossible of ['import.meta', '__filename', '__dirname', '*/']) {
    if (code.includes(impossible)) throw new Error(`dist/bootstrap.js cannot have ${impossible} in its code`);
  }
  // The first lines are read by `lib/launch/bootstrap-file.ts`.
  const head = `// The bootstrap of Portcall, made from lib/bootstrap.ts.
// shares compiled code
${start}
/* code
(function (load, importing) {
const require = (name) => { let loaded; return new Proxy({}, { get: (_, key) => (loaded ??= load(name))[key] }); };
`;
  const end = `
})
end of code */
//# sourceMappingURL=bootstrap.js.map
`;
  await writeFile(bootstrap, head + code + end);
  // One semicolon for each line that stands before.
  const mappings = ';'.repeat(head.split('\n').length - 1) + (map?.mappings ?? '');
  await writeFile(`${bootstrap}.map`, JSON.stringify({ ...map, file: 'bootstrap.js', mappings }));
}

async function hashInputs() {
  const hash = createHash('sha256').update(process.version);
  const files = [
    'scripts/build.js',

    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  const entries = await readdir(join(root, 'lib'), { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    // `parentPath` came with Node 20.12, `path` is its older name.
    if (entry.isFile()) files.push(relative(root, join(entry.parentPath ?? entry.path, entry.name)));
  }
  for (const file of files.toSorted()) {
    const content = await readFile(join(root, file));
    hash.update(`${file.split(sep).join('/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function readStamp() {
  return existsSync(stampFile) ? readFile(stampFile, 'utf8') : undefined;
}
