/**
 * What went wrong, in words a person can act on. A problem is a value: it is shown on a screen, printed by
 * a command or put into JSON, always with the same words.
 */
export interface Problem {
  /** Stable, kebab-case; for tests and for `--json`. */
  readonly code: string
  /** One sentence, without a trailing stack or an SQLSTATE alone. */
  readonly message: string
  /** What to do next, where there is something to do. */
  readonly next?: string
  /** Where in the answers document, such as `databases[0].schemas[1].name`. */
  readonly path?: string
  /** The server's SQLSTATE, where a server said it. */
  readonly sqlstate?: string
}

/** Thrown where a function cannot go on; carries the problem to the one place that shows it. */
export class ProblemError extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: ErrorOptions) {
    super(problem.message, options)
    this.name = 'ProblemError'
    this.problem = problem
  }
}

/**
 * The problem that an unknown thrown value stands for. A value that is not ours becomes `unexpected`, with
 * its message only: stacks are never shown.
 */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { code: 'unexpected', message: message === '' ? 'An error without a message.' : message }
}

/** Either a value or the problem that kept it from being. */
export type Result<T, P extends Problem = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: P }
