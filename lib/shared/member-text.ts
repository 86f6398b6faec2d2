/** A member as one writes it in code, behind its object: `.name`, or `["odd name"]`. */
export function memberText(name: string): string {
  return isIdentifier(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** Whether a name can stand in code by itself. */
export function isIdentifier(name: string): boolean {
  if (/^[\w$]+$/.test(name)) return !/^\d/.test(name);
  // Made here: to know the letters of all languages takes half a millisecond, which no start is to pay for.
  return new RegExp('^[\\p{ID_Start}$_][\\p{ID_Continue}$]*$', 'u').test(name);
}
