// The head of dist/bootstrap.js: it compiles and runs the code of lib/, which stands behind it in a comment.
//
// To compile that code is most of what a start costs beyond Node's own (bench/NOTES.md), and Node keeps what V8 has
// compiled for no other thread. So the first thread of a process leaves it in memory that the launcher gives to all of
// them, and those that come after take it from there. A process that Portcall starts has nobody to take it from.
//
// Modules of Node are loaded when they are first used, by `require`, because `import` also loads all they export.

/** What `scripts/build.js` puts here: it tells one build from another. */
const build = 'BUILD';

const load = process.getBuiltinModule ?? (await import('node:module')).createRequire(import.meta.url);

/** @type {{ code?: SharedArrayBuffer } | null} What the launcher says to a thread; to a process it leaves this variable. */
const told = process.env['PORTCALL_LAUNCH'] === undefined ? load('node:worker_threads').workerData : null;

/**
 * The memory: whether nobody has left anything there (0), somebody is about to (1) or has (2); how many bytes; by which
 * build; then the bytes.
 */
const memory = told?.code && {
  state: new Int32Array(told.code, 0, 2),
  build: new Uint8Array(told.code, 8, build.length),
  bytes: new Uint8Array(told.code, 8 + build.length),
};

// Not as 'latin1', which it is as well: Node would read it into a buffer first, which stays for long.
const text = load('node:fs').readFileSync(new URL(import.meta.url), 'utf8');
const opening = '\n/*\n';
const start = text.indexOf(opening) + opening.length;
const script = new (load('node:vm').Script)(text.slice(start, text.lastIndexOf('\n*/')), {
  filename: import.meta.url,
  // For the lines in stacks.
  lineOffset: text.slice(0, start).split('\n').length - 1,
  cachedData: compiled(),
});
script.runInThisContext()(lazily, (/** @type {string} */ url) => import(url));
if (memory !== undefined && Atomics.load(memory.state, 0) === 0) leaveCompiled(memory);

/** A module of Node's that is loaded when something of it is used. */
function lazily(/** @type {string} */ name) {
  let /** @type {any} */ loaded;
  return new Proxy({}, { get: (_, key) => (loaded ??= load(name))[key] });
}

/** What an earlier thread has left, if it was of this build. V8 sees by itself that it is of the same V8. */
function compiled() {
  if (!memory || Atomics.load(memory.state, 0) !== 2) return undefined;
  if (Buffer.from(memory.build).toString('latin1') !== build) return undefined;
  return memory.bytes.subarray(0, memory.state[1]);
}

/** Leaves what V8 has compiled up to then for others, once this thread has started, or at its end at the latest. */
function leaveCompiled(/** @type {NonNullable<typeof memory>} */ { state, build: by, bytes }) {
  const leave = () => {
    clearTimeout(timer);
    process.off('exit', leave);
    if (Atomics.compareExchange(state, 0, 0, 1) !== 0) return;
    const data = script.createCachedData();
    // State 1 for good where it has no room: nobody tries again.
    if (data.length > bytes.length) return;
    bytes.set(data);
    by.set(Buffer.from(build, 'latin1'));
    state[1] = data.length;
    Atomics.store(state, 0, 2);
  };
  const timer = setTimeout(leave, 100).unref();
  process.on('exit', leave);
}
