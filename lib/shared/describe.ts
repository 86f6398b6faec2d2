/** What a value is, in a few words for an error message; never throws and never runs a getter of the value. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case 'bigint':
      // Writing out a great one takes longer than anybody waits for an error message.
      return BigInt.asIntN(64, value) === value ? `${value}n` : 'a large BigInt';
    case 'function':
      return describeFunction(value);
    case 'symbol':
      return 'a symbol';
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return String(value);
  }
}

function describeFunction(value: object): string {
  try {
    const name: unknown = Object.getOwnPropertyDescriptor(value, 'name')?.value;
    return typeof name === 'string' && name !== '' ? `the function ${name}` : 'a function';
  } catch {
    return 'a revoked Proxy';
  }
}

function describeObject(value: object): string {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null) return 'an object without a prototype';
    const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    const name: unknown = typeof maker === 'function' ? maker.name : undefined;
    if (name === 'Array') return 'an array';
    if (name === 'Object' || typeof name !== 'string' || name === '') return 'an object';
    return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
  } catch {
    return 'a revoked Proxy';
  }
}
