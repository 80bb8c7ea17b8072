import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What takes minutes with CI=true, longest first. Begun last, one of them alone would keep the run going; vitest
 * knows how long a file took only where it has run before, and a fresh clone has not.
 */
const long = [
  'properties/postgresql-18',
  'faults/apply-',
  'e2e/iam-killed',
  'faults/undo-',
  'plan/render/aws-exports',
  'bench/run',
  'engine/races',
  'engine/verify',
  'properties/',
  'faults/',
  'e2e/wizard-login',
]

/** The order of the test files; the ones beyond the list as vitest has them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const path = relative(`${import.meta.dirname}/..`, moduleId)
  const rank = long.findIndex(start => path.startsWith(start))
  return rank === -1 ? long.length : rank
}
