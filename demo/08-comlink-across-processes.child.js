// A program as one writes it with Comlink for a worker. Only the endpoint is another: it leads to the parent process.

import * as comlink from 'comlink';
import { expose } from 'portcall';
import { endpoint } from 'portcall/comlink';

class Store {
  /** @type {Map<string, number>} */
  #stock = new Map();

  /**
   * @param {string} item
   * @param {number} count
   */
  add(item, count) {
    this.#stock.set(item, (this.#stock.get(item) ?? 0) + count);
    return this.#stock.get(item);
  }

  /** @param {(item: string, count: number) => unknown} visit */
  async each(visit) {
    for (const [item, count] of this.#stock) await visit(item, count);
  }
}

const store = new Store();

comlink.expose(
  {
    pid: process.pid,
    store,
    Store,
    /** @param {Uint8Array} bytes */
    invert(bytes) {
      const inverted = bytes.map((byte) => 255 - byte);
      return comlink.transfer(inverted, [inverted.buffer]);
    },
    never: () => new Promise(() => {}),
    crash: () => process.exit(7),
  },
  endpoint(expose()),
);
