/**
 * How far the other side is trusted. `'none'`: it may be somebody else's program, and may send and do whatever harms
 * this one. Nothing of the inside of this process is told to it, and nothing is made of what it sends that could be
 * turned against this process.
 */
export type Trust = 'full' | 'none';
