import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['spec/**/*.spec.ts'],
    // Specs of behaviour import the built package by its own name. Node, not Vite, loads it: as users have it.
    server: { deps: { external: [/\/dist\//] } },
    typecheck: {
      enabled: true,
      include: ['spec/**/*.spec-d.ts'],
      tsconfig: './tsconfig.json',
    },
    // Processes, because specs fork, watch handles and listen to signals.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: {
      provider: 'v8',
      // What runs in this process through Vite: neither dist nor children count.
      include: ['lib/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
});
