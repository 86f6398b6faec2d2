import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** What buffers have from Node 22 on. */
interface Movable {
  transfer(byteLength: number): ArrayBuffer;
}

/** Gives memory that was sent back to the system at once; V8 would do so when it next collects garbage. */
export class SpentMemory {
  // Memory that is moved to a port whose other end is closed goes nowhere.
  #nowhere: MessagePort | undefined;

  /** @param buffers - Nobody reads them any more: from now on they are empty. */
  giveBack(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) {
      // Nothing can be taken from what is empty already.
      if (buffer.byteLength === 0) continue;
      if ('transfer' in buffer) (buffer as Movable).transfer(0);
      else this.#port().postMessage(null, [buffer]);
    }
  }

  /** For Node 20. */
  #port(): MessagePort {
    if (this.#nowhere === undefined) {
      this.#nowhere = new MessageChannel().port1;
      this.#nowhere.close();
    }
    return this.#nowhere;
  }
}
