// Lets Node run the TypeScript of demo and bench: `node --import ./scripts/strip-types.js demo/run.ts`.
//
// @oxc-node/core would do so too, but it rewrites every file outside node_modules, dist among them, and turns private
// fields into WeakMaps whatever the target is: Portcall is then five times slower than its users have it. This takes
// the types out of `.ts` files, as Node 22.18 and later do by themselves, and leaves the rest alone.
import { register } from 'node:module';

if (!('typescript' in process.features && process.features.typescript)) {
  register('./strip-types-hooks.js', import.meta.url);
  process.setSourceMapsEnabled(true);
}
