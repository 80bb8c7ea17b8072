import type { RunCommand } from './support/command-io.ts'
import type { ApplyOptions } from './support/command-line.ts'
import { readAnswers } from './support/read-answers.ts'
import { runApply } from './support/run-apply.ts'

/**
 * Carries an answers file out. With `--json` one document on standard output (support/apply-record.ts),
 * progress on standard error.
 */
export const run: RunCommand<ApplyOptions> = ({ answers, ...options }, io) =>
  runApply(() => readAnswers(answers, io), options, io)
