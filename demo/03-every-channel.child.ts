// What the children of 03-every-channel.ts run. It knows nothing of Portcall.

export function add(a: number, b: number): number {
  return a + b;
}

export function wordLengths(text: string): Map<string, number> {
  return new Map(text.split(' ').map((word) => [word, word.length]));
}

export async function echo<T>(value: T): Promise<T> {
  return value;
}

export function half(n: number): number {
  if (n % 2 !== 0) throw new RangeError(`${n} is odd`);
  return n / 2;
}
