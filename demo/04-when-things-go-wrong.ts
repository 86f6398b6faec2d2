// What the caller is told when a call is cancelled, takes too long, throws, holds what cannot be sent, names nothing,
// or loses its child. Whatever happens, each call settles, and only the last of these ends the child.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { inspect } from 'node:util';
import { fork, RpcError } from 'portcall';

type Trouble = typeof import('./04-when-things-go-wrong.child.js');

// What the child prints arrives here line by line; it says so when it begins to sleep.
const printed = new EventEmitter();
const child = fork<Trouble>(new URL('./04-when-things-go-wrong.child.js', import.meta.url), {
  stdout: (line) => printed.emit(line),
});
const { remote } = child;

// A signal among the arguments is live at the other side, and its reason comes back as the object that it was.
const controller = new AbortController();
const reason = new Error('the user has gone to another page');
const cancelled = errorOf(remote.sleep(60_000, controller.signal));
await once(printed, 'sleeping');
controller.abort(reason);
assert.equal(await cancelled, reason);
assert.equal(await remote.interrupted(), 1);
show('cancelled', reason.message, 'the function has heard of it: yes');

// Functions that know nothing of signals and deadlines get them from outside.
const late = await errorOf(child.with({ timeoutMs: 200 }).sleep(60_000));
assert.ok(late instanceof RpcError && late.code === 'TIMEOUT');
show('timed out', late.message, `code ${late.code}, delivery ${late.delivery}`);

// What the function throws arrives as itself: its class, its properties, and its stack, then that of the caller.
const thrown = await errorOf(withdrawTooMuch());
assert.ok(thrown instanceof RangeError && thrown.message === 'only 20 left');
assert.deepEqual(Object.entries(thrown), [['balance', 20]]);
assert.match(thrown.stack ?? '', /withdraw .*04-when-things-go-wrong\.child\.js.*withdrawTooMuch/s);
show('thrown', inspect(thrown));

const unsendable = await errorOf(remote.greet({ name: 'Ada', session: { cache: new WeakMap() } }));
assert.ok(unsendable instanceof RpcError && unsendable.code === 'NOT_SERIALIZABLE');
assert.match(unsendable.message, /arguments\[0\]\.session\.cache/);
show('cannot be sent', unsendable.message, `code ${unsendable.code}, delivery ${unsendable.delivery}`);

// @ts-expect-error: TypeScript knows what is exported. Whoever writes JavaScript is told when the call is made.
const misspelt = await errorOf(remote.gret({ name: 'Ada' }));
assert.ok(misspelt instanceof RpcError && misspelt.code === 'METHOD_NOT_FOUND');
assert.match(misspelt.message, /greet/);
show('misspelt', misspelt.message, `code ${misspelt.code}`);

assert.equal(await remote.greet({ name: 'Ada' }), 'hello Ada');
show('after all that', `the child is ${child.state} and greets: hello Ada`);

const lost = errorOf(remote.sleep(60_000));
await once(printed, 'sleeping');
assert.ok(child.pid !== undefined);
process.kill(child.pid, 'SIGKILL');
const killed = await lost;
assert.ok(killed instanceof RpcError && killed.code === 'CHILD_EXITED');
assert.equal(killed.exit?.signal, 'SIGKILL');
// The function may have done its work before it died: only the caller knows whether it may be called again.
assert.equal(killed.delivery, 'unknown');
show('killed in mid-call', killed.message, `code ${killed.code}, delivery ${killed.delivery}`);

const after = await errorOf(remote.greet({ name: 'Ada' }));
assert.ok(after instanceof RpcError && after.delivery === 'not-sent');
show('called after that', after.message, `code ${after.code}, delivery ${after.delivery}`);

async function withdrawTooMuch(): Promise<number> {
  return await remote.withdraw(20, 50);
}

/** What a promise rejects with; it must. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => assert.fail(`it should have failed, and gave ${inspect(value)}`),
    (error: unknown) => error,
  );
}

function show(what: string, ...lines: string[]): void {
  console.log(`${what}:`);
  for (const line of lines.join('\n').split('\n')) console.log(`  ${line}`);
}
