import { RpcError } from '../errors/rpc-error.ts';
import { memberText } from '../shared/member-text.ts';

const brand: unique symbol = Symbol.for('portcall.Unsendable') as never;

/** Steps from the root of a message to a value in it. */
export type Path = readonly (string | number)[];

/** A path as one would write it in code: `arguments[1].user.socket`. */
function pathText(root: string, path: Path): string {
  let text = root;
  for (const step of path) {
    text += typeof step === 'number' ? `[${step}]` : memberText(step);
  }
  return text;
}

/** Thrown inside a walk and turned into an {@link RpcError} at its root, where the path is known whole. */
export class Unsendable {
  readonly what: string;
  readonly advice: string;
  readonly cause: unknown;

  /**
   * @param what - What the value is, as the end of "arguments[0] is …".
   * @param advice - What to do instead.
   * @param cause - What the value's own code threw, where it did.
   */
  constructor(what: string, advice: string, cause?: unknown) {
    this.what = what;
    this.advice = advice;
    this.cause = cause;
  }

  /** Bootstrap and module may have loaded different copies of the package: a codec of one meets what another threw. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }

  toError(root: string, path: Path): RpcError {
    return new RpcError(
      'NOT_SERIALIZABLE',
      `${pathText(root, path)} is ${this.what}, which cannot be sent; ${this.advice}`,
      this.cause === undefined ? {} : { cause: this.cause },
    );
  }
}

Object.defineProperty(Unsendable.prototype, brand, { value: true });
