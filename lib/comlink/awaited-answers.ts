import type { PortWatch } from '../session/ports/local-end.ts';

/** The messages with which Comlink asks, each of which is answered under its id. */
const requests: ReadonlySet<unknown> = new Set(['GET', 'SET', 'APPLY', 'CONSTRUCT', 'ENDPOINT', 'RELEASE']);

/**
 * What Comlink waits for through one port. Comlink itself waits for ever; here it is answered with an error once nobody
 * else can do it.
 */
export class AwaitedAnswers implements PortWatch {
  readonly #ids = new Set<string>();
  readonly #changed: (any: boolean) => void;

  /** @param changed - The first request has begun to wait, or the last has stopped. */
  constructor(changed: (any: boolean) => void = () => {}) {
    this.#changed = changed;
  }

  sent(value: unknown): void {
    const { id, type } = fieldsOf(value);
    if (typeof id !== 'string' || !requests.has(type)) return;
    this.#ids.add(id);
    if (this.#ids.size === 1) this.#changed(true);
  }

  received(value: unknown): void {
    const { id } = fieldsOf(value);
    if (this.#ids.delete(id as string) && this.#ids.size === 0) this.#changed(false);
  }

  last(reason: Error | undefined): readonly unknown[] {
    const answers = [...this.#ids].map((id) => thrown(id, reason));
    if (answers.length > 0) this.#changed(false);
    this.#ids.clear();
    return answers;
  }
}

/** The answer to a request that throws at whoever asked, as Comlink writes it. */
function thrown(id: string, reason: Error = new Error('the port was closed')): object {
  const { name, message, stack } = reason;
  const code = 'code' in reason ? { code: reason.code } : {};
  const value = { isError: true, value: { name, message, stack, ...code } };
  return { id, type: 'HANDLER', name: 'throw', value };
}

function fieldsOf(value: unknown): { readonly id?: unknown; readonly type?: unknown } {
  return typeof value === 'object' && value !== null ? value : {};
}
