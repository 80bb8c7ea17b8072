import { type ExitCode, exitCodes } from '../../model/exit-code.ts'
import { type Problem, ProblemError } from '../../model/problem.ts'

/** Thrown where a command cannot go on before anything is changed: all the reasons at once, and the exit code. */
export class Refusal extends Error {
  readonly problems: readonly Problem[]
  readonly code: ExitCode

  constructor(problems: readonly Problem[], code: ExitCode = exitCodes.badUsage) {
    super(problems.map(problem => problem.message).join(' '))
    this.name = 'Refusal'
    this.problems = problems
    this.code = code
  }
}

/**
 * What was thrown while nothing was changed, as problems and the exit code that they mean; null where it is
 * none of ours.
 */
export function refusalOf(thrown: unknown): Pick<Refusal, 'problems' | 'code'> | null {
  if (thrown instanceof Refusal) return thrown
  if (!(thrown instanceof ProblemError)) return null
  const { problem } = thrown
  if (problem.code === 'cancelled') return { problems: [cancelled], code: exitCodes.cancelled }
  return { problems: [problem], code: codeFor([problem]) }
}

const cancelled: Problem = { code: 'cancelled', message: 'Cancelled; nothing was changed.' }

/** A problem with a place in the answers is a fault of the answers; the others lie with the server. */
export function codeFor(problems: readonly Problem[]): ExitCode {
  return problems.some(problem => problem.path !== undefined) ? exitCodes.badUsage : exitCodes.failedUnchanged
}
