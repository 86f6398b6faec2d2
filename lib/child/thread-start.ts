// What a thread starts with that runs the bootstrap of this package: it does what `dist/bootstrap.js` does, with what
// V8 has compiled of that for another thread. To compile it is most of what a start costs beyond Node's own
// (bench/NOTES.md), and Node keeps it for no other thread. So the first thread of a process leaves it in memory that
// the launcher gives to all of them, and those that come after take it from there.
//
// Nothing is imported, since `import` loads all that a module of Node's exports, and not only what is used.

// Before Node 20.16 nothing else gives what Node has without loading it by name.
const required =
  process.getBuiltinModule === undefined
    ? (await import('node:module')).createRequire(import.meta.url)
    : undefined;
const load = (name: string): unknown =>
  required === undefined ? process.getBuiltinModule(name) : required(name);
const { readFileSync } = load('node:fs') as typeof import('node:fs');
const { Script } = load('node:vm') as typeof import('node:vm');
const { workerData } = load('node:worker_threads') as typeof import('node:worker_threads');

// What the memory holds: whether nobody has left anything there, somebody is about to, or has; then how many bytes.
const free = 0;
const taken = 1;
const filled = 2;

// `scripts/build.js` has written it: what tells this build from others, and the code, which is a function.
const file = new URL('../bootstrap.js', import.meta.url);
const text = readFileSync(file, 'utf8');
const begin = after('\n// code\n');
const code = text.slice(begin, text.lastIndexOf('\n// end of code\n'));
const build = text.slice(after('// build '), after('// build ') + 16);

const memory = (workerData as { readonly code: SharedArrayBuffer }).code;
const state = new Int32Array(memory, 0, 2);
const buildThere = new Uint8Array(memory, state.byteLength, build.length);
const compiledThere = new Uint8Array(memory, state.byteLength + build.length);

const script = new Script(code, {
  filename: file.href,
  // For the lines in stacks.
  lineOffset: text.slice(0, begin).split('\n').length - 1,
  cachedData: compiled(),
});
const run = script.runInThisContext() as (
  load: (name: string) => unknown,
  importing: (url: string) => Promise<unknown>,
) => void;
run(load, (url) => import(url));
if (Atomics.load(state, 0) === free) leaveCompiled();

function after(mark: string): number {
  return text.indexOf(mark) + mark.length;
}

/** What another thread has left, if it was of this build. V8 looks itself whether it was of the same V8. */
function compiled(): Uint8Array | undefined {
  if (Atomics.load(state, 0) !== filled || String.fromCharCode(...buildThere) !== build) return undefined;
  return compiledThere.subarray(0, state[1]);
}

/** Leaves what V8 has compiled until then, soon after the start, or at the end where that comes first. */
function leaveCompiled(): void {
  const leave = (): void => {
    clearTimeout(timer);
    process.off('exit', leave);
    if (Atomics.compareExchange(state, 0, free, taken) !== free) return;
    const data = script.createCachedData();
    // It stays taken where there is no room: no other thread need try.
    if (data.length > compiledThere.length) return;
    compiledThere.set(data);
    buildThere.set(Array.from(build, (sign) => sign.charCodeAt(0)));
    state[1] = data.length;
    Atomics.store(state, 0, filled);
  };
  const timer = setTimeout(leave, 100).unref();
  process.on('exit', leave);
}
