/** Whether JSON says a value as it is: strings, booleans, null, and numbers but NaN, the infinities and -0. */
export function isPlainPrimitive(value: unknown): value is string | number | boolean | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      // Neither NaN nor an infinity; and not -0.
      return value - value === 0 && (value !== 0 || 1 / value > 0);
    default:
      return value === null;
  }
}
