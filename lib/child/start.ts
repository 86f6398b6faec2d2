// What launched processes and threads start with: it runs the bootstrap with what V8 has compiled of that for another
// child. To compile it is most of what a start costs beyond Node's own (bench/NOTES.md), and Node keeps it for nobody.
// So one child leaves it where the launcher has made room for it, and those that come after take it from there.
//
// `scripts/build.js` bundles this twice: as a file of its own, and, for parents that ship no other, as the head of
// the very file it reads. Nothing of Node is imported, since `import` loads all that a module exports, and not only
// what is used.

import {
  noteVariable,
  type CodeFile,
  type LaunchedWorkerData,
  type LaunchNote,
} from '../connect/launch-note.ts';
import { codeInFile } from './code-in-file.ts';
import { codeInMemory } from './code-in-memory.ts';
import type { KeptCode } from './kept-code.ts';

// Before Node 20.16 nothing else gives what Node has without loading it by name.
const required =
  process.getBuiltinModule === undefined
    ? (await import('node:module')).createRequire(import.meta.url)
    : undefined;
const load = (name: string): unknown =>
  required === undefined ? process.getBuiltinModule(name) : required(name);
const fs = load('node:fs') as typeof import('node:fs');
const { Script } = load('node:vm') as typeof import('node:vm');

const file = new URL('../bootstrap.js', import.meta.url);
const { run, leave } = compile();
run(load, (url) => {
  // Whatever is loaded first is the user's.
  leave?.();
  return import(url);
});

/** A function of its own, so that the texts and what V8 was given are let go. */
function compile(): { readonly run: Bootstrap; readonly leave: (() => void) | undefined } {
  const note = process.env[noteVariable];
  const kept = note === undefined ? codeInMemory(memoryOfThreads(), file.href) : codeInFile(fs, fileIn(note));
  // `scripts/build.js` has written it. The code in it is a function.
  const text = kept.text ?? fs.readFileSync(file, 'utf8');
  const mark = '\n/* code\n';
  const begin = text.indexOf(mark) + mark.length;
  const script = new Script(text.slice(begin, text.lastIndexOf('\nend of code */')), {
    filename: file.href,
    // For the lines in stacks.
    lineOffset: text.slice(0, begin).split('\n').length - 1,
    cachedData: kept.compiled,
  });
  return { run: script.runInThisContext() as Bootstrap, leave: leaving(kept, text, script) };
}

type Bootstrap = (load: (name: string) => unknown, importing: (url: string) => Promise<unknown>) => void;

/** Leaves what was compiled when it is called first; `undefined` where nothing is to be left. */
function leaving(
  kept: KeptCode,
  text: string,
  script: InstanceType<typeof Script>,
): (() => void) | undefined {
  let act = kept.leave && (() => kept.leave?.(text, () => script.createCachedData()));
  return (
    act &&
    (() => {
      const once = act;
      act = undefined;
      once?.();
    })
  );
}

function memoryOfThreads(): SharedArrayBuffer | undefined {
  const { workerData } = load('node:worker_threads') as typeof import('node:worker_threads');
  return (workerData as Partial<LaunchedWorkerData> | null)?.code;
}

/** What the note says of the file; the note itself is the bootstrap's to read. */
function fileIn(json: string): CodeFile | undefined {
  try {
    return (JSON.parse(json) as LaunchNote).code;
  } catch {
    return undefined;
  }
}
