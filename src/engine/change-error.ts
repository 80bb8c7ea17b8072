import type { Change } from '../model/change.ts'
import { type Problem, ProblemError } from '../model/problem.ts'

/** A change that went wrong: thrown so that the one at fault can be named. */
export class ChangeError extends ProblemError {
  readonly change: Change

  constructor(problem: Problem, change: Change, options?: ErrorOptions) {
    super(problem, options)
    this.name = 'ChangeError'
    this.change = change
  }
}

/** The change that is at fault, where one is. */
export function changeAtFault(thrown: unknown): Change | null {
  return thrown instanceof ChangeError ? thrown.change : null
}
