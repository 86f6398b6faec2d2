import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { blocksOf, documents, examples, expectedOutput, install, root, writeProject } from './blocks.ts';

const run = promisify(execFile);
const tsc = join(root, 'node_modules', '@typescript', 'native', 'bin', 'tsc');

const blocks = [...documents().flatMap(blocksOf), ...examples()];
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcall-snippets-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('code in the documentation', () => {
  const source = join(folder, 'source');
  const compiled = join(folder, 'compiled');
  let problems = '';

  beforeAll(async () => {
    writeProject(source, blocks);
    install(source, 'portcall', root);
    install(source, '@types/node', join(root, 'node_modules/@types/node'));
    install(source, 'comlink', join(root, 'node_modules/comlink'));
    install(source, 'superjson', join(root, 'node_modules/superjson'));
    // For the examples of schemas.
    install(source, 'zod', join(root, 'node_modules/zod'));
    // For the example of a test.
    install(source, 'vitest', join(root, 'node_modules/vitest'));
    // What runs is what the compiler made of it, as it is at users'.
    writeProject(compiled, []);
    install(compiled, 'portcall', root);
    install(compiled, 'comlink', join(root, 'node_modules/comlink'));
    install(compiled, 'zod', join(root, 'node_modules/zod'));
    install(compiled, 'superjson', join(root, 'node_modules/superjson'));
    writeFileSync(join(source, 'tsconfig.json'), JSON.stringify(settings));
    problems = await run(process.execPath, [tsc, '-p', source, '--outDir', compiled]).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    );
  }, 120_000);

  test('is there, and no two blocks of a document are the same file', () => {
    expect(blocks.length).toBeGreaterThan(50);
    const files = blocks.map(({ file }) => file);
    expect(files.filter((file, index) => files.indexOf(file) !== index)).toEqual([]);
  });

  test('compiles', () => {
    expect(problems).toBe('');
  });

  test.each(blocks.filter((block) => block.run))(
    'prints what it says it prints: $at',
    async ({ file, code }) => {
      const output = await runNode(compiled, file.replace(/\.ts$/, '.js'));
      expect(output).toEqual(expectedOutput(code));
    },
    60_000,
  );

  test('shows how each exported function and class is used', () => {
    const missing = ['index.ts', 'middleware.ts', 'testing.ts', 'validation.ts', 'comlink.ts'].flatMap(
      (entry) => {
        const text = readFileSync(join(root, 'lib', entry), 'utf8');
        return [...text.matchAll(/^export \{ (.*) \} from '\.\/(.*)';$/gm)]
          .map(([, names, path]) => ({ names, path }))
          .filter(({ path }) => !blocks.some(({ at }) => at.startsWith(`lib/${path}:`)));
      },
    );
    expect(missing).toEqual([]);
  });
});

describe('the example of the README', () => {
  test('runs from the packed package', async () => {
    const project = join(folder, 'project');
    const packed = join(folder, 'packed');
    mkdirSync(packed);
    // Without scripts: they would build again, beneath the specs that run beside this one.
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', packed], { cwd: root, shell });
    const { name, version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      dependencies: Record<string, string>;
    };
    await run('tar', ['-xzf', `${name}-${version}.tgz`], { cwd: packed });

    // Only what the package says it needs, and not what lies around in this checkout.
    for (const dependency of Object.keys(dependencies)) {
      install(join(packed, 'package'), dependency, join(root, 'node_modules', dependency));
    }
    const readme = blocksOf('README.md');
    writeProject(project, readme);
    install(project, 'portcall', join(packed, 'package'));

    const main = readme.find((block) => block.run);
    expect(await runNode(project, 'README/main.js')).toEqual(expectedOutput(main?.code ?? ''));
  }, 120_000);

  test('stands beside the two commands, as they are run from a clean checkout', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const gates = readFileSync(join(root, '.ci/run'), 'utf8');
    for (const command of ['npm ci && npm run demo', 'npm ci && npm test']) {
      expect(readme).toContain(`\n\`\`\`sh\n${command}\n\`\`\`\n`);
      expect(gates).toContain(`'${command}'`);
    }
  });
});

// `npm` is a script for the shell there.
const shell = process.platform === 'win32';

const settings = {
  compilerOptions: {
    target: 'es2022',
    lib: ['ES2023', 'ESNext.Disposable'],
    types: ['node'],
    module: 'nodenext',
    moduleDetection: 'force',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    // JavaScript is for those who write no types: it is parsed and run.
    allowJs: true,
    checkJs: false,
    skipLibCheck: true,
    rootDir: '.',
  },
  include: ['.'],
};

/** The lines a program prints; fails where it does. */
async function runNode(at: string, file: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, [file], { cwd: at });
  return stdout.split('\n').filter((line) => line !== '');
}
