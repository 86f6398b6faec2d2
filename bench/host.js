// Runs one contender in a process of its own, so that no contender is measured with code that the others have made
// V8 compile more generally, or in a heap that they have filled. Plain JavaScript that registers the loader itself:
// given on the command line, everything that contenders start would inherit it.
import '../scripts/strip-types.js';

export const { prepare, turn, stop } = await import('./stand.ts');
