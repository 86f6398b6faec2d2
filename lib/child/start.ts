// What launched processes and threads start with: it runs the bootstrap with what V8 has compiled of that for another
// child. To compile it is most of what a start costs beyond Node's own (bench/NOTES.md), and Node keeps it for nobody.
// So one child leaves it where the launcher has made room for it, and those that come after take it from there.
//
// `scripts/build.js` bundles this twice: as a file of its own, and, for parents that ship no other, as the head of
// the very file it reads. Nothing of Node is imported, since `import` loads all that a module exports, and not only
// what is used.

import { noteVariable, type LaunchNote } from '../connect/launch-note.ts';
import { compiledInFile } from './compiled-in-file.ts';
import { compiledInMemory } from './compiled-in-memory.ts';

// Before Node 20.16 nothing else gives what Node has without loading it by name.
const required =
  process.getBuiltinModule === undefined
    ? (await import('node:module')).createRequire(import.meta.url)
    : undefined;
const load = (name: string): unknown =>
  required === undefined ? process.getBuiltinModule(name) : required(name);
const fs = load('node:fs') as typeof import('node:fs');
const { Script } = load('node:vm') as typeof import('node:vm');

// `scripts/build.js` has written it: what tells this build from others, and the code, which is a function.
const file = new URL('../bootstrap.js', import.meta.url);
const note = process.env[noteVariable];
// Memory costs as it is used first, so all that a process reads goes to the same. A thread would keep it as long as it
// lives.
const forked =
  note === undefined ? undefined : { code: codeOf(note), room: Buffer.allocUnsafeSlow(512 * 1024) };
const text = (forked && readInto(forked.room)) ?? fs.readFileSync(file, 'utf8');
const begin = after('\n/* code\n');
const code = text.slice(begin, text.lastIndexOf('\nend of code */'));
const build = text.slice(after('\n// build '), after('\n// build ') + 16);

const compiled =
  forked === undefined
    ? compiledInMemory(load('node:worker_threads') as typeof import('node:worker_threads'), build)
    : compiledInFile(fs, forked.code, build, forked.room);
const script = new Script(code, {
  filename: file.href,
  // For the lines in stacks.
  lineOffset: text.slice(0, begin).split('\n').length - 1,
  cachedData: compiled.found,
});
const run = script.runInThisContext() as (
  load: (name: string) => unknown,
  importing: (url: string) => Promise<unknown>,
) => void;
const leave = once(() => compiled.leave?.(() => script.createCachedData()));
run(load, (url) => {
  // Whatever is loaded first is the user's.
  leave();
  return import(url);
});

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}

function after(mark: string): number {
  return text.indexOf(mark) + mark.length;
}

/** The text, which is of ASCII alone; `undefined` where there is not enough room. */
function readInto(buffer: Buffer): string | undefined {
  const fd = fs.openSync(file, 'r');
  const bytes = fs.readSync(fd, buffer, 0, buffer.length, 0);
  fs.closeSync(fd);
  return bytes < buffer.length ? buffer.toString('latin1', 0, bytes) : undefined;
}

/** Where the launcher of a process has made room, where it has; the note itself is the bootstrap's to read. */
function codeOf(json: string): LaunchNote['code'] {
  try {
    return (JSON.parse(json) as LaunchNote).code;
  } catch {
    return undefined;
  }
}
