/** The parameters and the result of one signature. */
export type SignatureParts = readonly [parameters: readonly unknown[], result: unknown];

export type SixSignatures = readonly [
  SignatureParts,
  SignatureParts,
  SignatureParts,
  SignatureParts,
  SignatureParts,
  SignatureParts,
];

/**
 * The last six signatures of a function, first one first. Where there are fewer the compiler
 * repeats the first, which an intersection of what is made of them takes for one.
 */
export type CallSignatures<F> = F extends {
  (...args: infer A1 extends readonly unknown[]): infer R1;
  (...args: infer A2 extends readonly unknown[]): infer R2;
  (...args: infer A3 extends readonly unknown[]): infer R3;
  (...args: infer A4 extends readonly unknown[]): infer R4;
  (...args: infer A5 extends readonly unknown[]): infer R5;
  (...args: infer A6 extends readonly unknown[]): infer R6;
}
  ? readonly [[A1, R1], [A2, R2], [A3, R3], [A4, R4], [A5, R5], [A6, R6]]
  : never;

/** The same for what `new` takes and gives. */
export type ConstructSignatures<C> = C extends {
  new (...args: infer A1 extends readonly unknown[]): infer R1;
  new (...args: infer A2 extends readonly unknown[]): infer R2;
  new (...args: infer A3 extends readonly unknown[]): infer R3;
  new (...args: infer A4 extends readonly unknown[]): infer R4;
  new (...args: infer A5 extends readonly unknown[]): infer R5;
  new (...args: infer A6 extends readonly unknown[]): infer R6;
}
  ? readonly [[A1, R1], [A2, R2], [A3, R3], [A4, R4], [A5, R5], [A6, R6]]
  : never;
