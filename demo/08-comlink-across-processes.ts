// Comlink's own wrap and expose, proxies and transfers, between two processes: what Comlink does over the port of a
// worker it does over the pipe of a child. A port to the child is handed on to a thread, which calls it as well.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker, type MessagePort } from 'node:worker_threads';
import * as comlink from 'comlink';
import { fork } from 'portcall';
import { endpoint } from 'portcall/comlink';

interface Store {
  add(item: string, count: number): number;
  each(visit: (item: string, count: number) => unknown): Promise<void>;
}

interface Shop {
  readonly pid: number;
  readonly store: Store;
  readonly Store: new () => Store;
  invert(bytes: Uint8Array): Uint8Array;
  never(): Promise<void>;
  crash(): void;
}

const child = fork(new URL('./08-comlink-across-processes.child.js', import.meta.url));
const shop = comlink.wrap<Shop>(endpoint(child));

assert.equal(await shop.pid, child.pid);
console.log(`Comlink calls process ${child.pid} from process ${process.pid}`);

// `store` is one object over there, and `new shop.Store()` makes another.
const store = shop.store as unknown as comlink.Remote<Store>;
await store.add('pears', 2);
await store.add('pears', 1);
const other = await new shop.Store();
console.log(`pears: ${await store.add('pears', 0)}, in a new store: ${await other.add('pears', 0)}`);

// A callback: a MessagePort of Comlink's, which no pipe can carry, in a tunnel.
const list: string[] = [];
await store.each(comlink.proxy((item: string, count: number) => void list.push(`${count} ${item}`)));
console.log(`visited: ${list.join(', ')}`);

const inverted = await shop.invert(new Uint8Array([0, 100, 255]));
console.log(`inverted: ${inverted.join(' ')}`);

// Another port to the same objects, for a thread.
const port = (await shop[comlink.createEndpoint]()) as unknown as MessagePort;
const thread = new Worker(new URL('./08-comlink-across-processes.thread.js', import.meta.url), {
  workerData: { port },
  transferList: [port],
});
// Asked for now: the last messages of a thread and its exit can come in one go.
const gone = once(thread, 'exit');
const [said] = (await once(thread, 'message')) as [{ there: number; apples: number }];
console.log(
  `a thread has called the same process: ${said.there === child.pid ? 'yes' : 'no'}, ${said.apples} apples`,
);
await gone;

// With Comlink alone this would be waited for for ever.
const waiting = shop.never();
shop.crash().catch(() => {});
const error: unknown = await waiting.catch((reason: unknown) => reason);
assert.ok(error instanceof Error && 'code' in error);
console.log(`the child has crashed: ${String(error.code)}`);
