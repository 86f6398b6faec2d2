// `portcall` by its own name would be looked for beside the package.json of the bench.
export * from '../dist/index.js';
