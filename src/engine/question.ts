import type { Session } from '../postgres/session.ts'
import type { Statement, StatementResult } from '../postgres/statement.ts'

/** Something to ask the server for, and how to read the answer. Several are asked in one round trip. */
export interface Question<T> {
  readonly statements: readonly Statement[]
  /** Reads what its statements gave. */
  readonly read: (results: readonly StatementResult[]) => T
}

/** One query; `read` makes of its rows (as the query names their columns) what is wanted. */
export function question<Row, T>(statement: Statement, read: (rows: readonly Row[]) => T): Question<T> {
  return {
    statements: [statement],
    read: ([result]) => read((result?.rows ?? []) as unknown as readonly Row[]),
  }
}

/** What is known without asking. */
export function known<T>(value: T): Question<T> {
  return { statements: [], read: () => value }
}

/** Several questions as one, with their answers under the same names. */
export function together<T extends object>(
  questions: { readonly [K in keyof T]: Question<T[K]> },
): Question<T> {
  const all = Object.entries<Question<unknown>>(questions)
  return {
    statements: all.flatMap(([, { statements }]) => statements),
    read: results => {
      let at = 0
      const answers = all.map(([name, { statements, read }]) => {
        const own = results.slice(at, at + statements.length)
        at += statements.length
        return [name, read(own)]
      })
      return Object.fromEntries(answers) as T
    },
  }
}

/** The question with its answer made into something else. */
export function mapped<T, U>({ statements, read }: Question<T>, map: (answer: T) => U): Question<U> {
  return { statements, read: results => map(read(results)) }
}

/** Asks it, in one round trip. @throws ProblemError */
export async function ask<T>(session: Session, { statements, read }: Question<T>): Promise<T> {
  return read(statements.length === 0 ? [] : await session.script(statements))
}
