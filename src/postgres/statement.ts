import { quoteLiteral } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'

/** One statement; its values, where it has some, stand in it as $1, $2, … */
export type Statement = string | { readonly sql: string; readonly values: readonly StatementValue[] }

export type StatementValue = string | number | boolean | null | readonly string[]

/** What one statement of several gave. */
export interface StatementResult {
  readonly rows: readonly Record<string, unknown>[]
  readonly notices: readonly Notice[]
}

/** What the server says besides: a WARNING, a NOTICE. */
export interface Notice {
  readonly severity: string
  readonly sqlstate: string
  readonly message: string
}

/** One of several statements failed; those before it were run, those after it were not. */
export class StatementError extends ProblemError {
  /** Its place, from 0. */
  readonly at: number

  constructor(problem: Problem, at: number, options?: ErrorOptions) {
    super(problem, options)
    this.name = 'StatementError'
    this.at = at
  }
}

/**
 * The statement with its values in it as literals: several statements travel as one string, in which the protocol
 * has no place for values. A literal without a cast has the same unknown type as a value without one.
 */
export function inlined(statement: Statement): string {
  if (typeof statement === 'string') return statement
  const { sql, values } = statement
  return sql.replace(/\$(\d+)/g, (_, number: string) => {
    const value = values[Number(number) - 1]
    if (value === undefined) throw new RangeError(`there is no value for $${number}`)
    return literalOf(value)
  })
}

function literalOf(value: StatementValue): string {
  switch (typeof value) {
    case 'string':
      return quoteLiteral(value)
    case 'number':
    case 'boolean':
      return `(${value})`
    default:
      return value === null ? 'NULL' : `ARRAY[${value.map(quoteLiteral).join(', ')}]::pg_catalog.text[]`
  }
}

/** The rows of each, typed by who knows the queries. */
export function rowsOf<Rows>(results: readonly StatementResult[]): Rows {
  return results.map(({ rows }) => rows) as Rows
}
