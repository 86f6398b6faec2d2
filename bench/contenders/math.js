// What every contender calls.

/**
 * @param {number} a
 * @param {number} b
 */
export const add = (a, b) => a + b;
