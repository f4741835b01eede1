import path from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Plugins in tests are made with the kit as it stands, not with the bundled one.
  resolve: { alias: { 'gwh/kit': path.resolve(import.meta.dirname, 'src/kit.ts') } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
