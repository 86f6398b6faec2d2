import { availableParallelism } from 'node:os';

// How often something is looked at before its thread goes to sleep: about as long as going to sleep and being woken
// takes.
const looks = 4_000;

// How much luck the latest looks must have had for the next to be made; every so often one is made all the same.
const enough = 4;
const most = 16;
const retryEvery = 64;

/**
 * Looks for a few microseconds for what another thread is about to do, which spares both a trip through the kernel. Of
 * use only where that thread runs meanwhile: on a machine with work for all its cores it is soon given up.
 */
export class Looking {
  // Asked only when it matters: most threads never look.
  #mayLook: boolean | undefined;
  #luck = 2 * enough;
  #skipped = 0;

  /** Whether a look is likely to be of use. Asked once for each. */
  worthIt(): boolean {
    this.#mayLook ??= availableParallelism() > 1;
    return this.#mayLook && (this.#luck >= enough || ++this.#skipped % retryEvery === 0);
  }

  /** @returns Whether it has been seen. */
  see(seen: () => boolean): boolean {
    for (let look = 0; look < looks; look++) {
      if (!seen()) continue;
      this.#luck = Math.min(this.#luck + 2, most);
      return true;
    }
    this.#luck = Math.max(this.#luck - 1, 0);
    return false;
  }
}
