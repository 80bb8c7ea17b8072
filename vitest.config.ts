import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

// CI runs everything and takes a skip for a failure (test/support/requires.ts); a person's machine may lack a Debian program.
export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/global-setup.ts'],
    // Real servers and real processes: the time a test takes is the machine's, never an assertion.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // node-pty now and then gives a wrong exit status: in CI such a test has a second try, and is named.
    retry: process.env['CI'] === 'true' ? 1 : 0,
  },
})
