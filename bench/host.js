// Runs one contender in a process of its own, so that no contender is measured with code that the others have made
// V8 compile more generally, or in a heap that they have filled. Plain JavaScript that registers the loader itself:
// given on the command line, everything that contenders start would inherit it.
import '../scripts/strip-types.js';

// Processes that get it start 45 ms later, and not all contenders hand the environment on.
delete process.env['NODE_EXTRA_CA_CERTS'];

export const { prepare, turn, stop } = await import('./stand.ts');
