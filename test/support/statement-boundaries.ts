import type { OpenSession, Session } from '../../src/postgres/session.ts'
import { inlined } from '../../src/postgres/statement.ts'

/** Where in a run something may happen: between two statements of one of its sessions. */
export interface Boundary {
  /** From 1, through all sessions. */
  readonly number: number
  readonly when: 'before' | 'after'
  readonly sql: string
  readonly database: string
  /** The login's own session, not the administrator's. */
  readonly asLogin: boolean
}

/** Opens sessions that stand still at every statement boundary until `at` has resolved. */
export function openStopping(open: OpenSession, at: (boundary: Boundary) => Promise<void>): OpenSession {
  let number = 0
  return async request => {
    const session = await open(request)
    const stop = (when: Boundary['when'], sql: string) => {
      number += 1
      return at({ number, when, sql, database: request.database, asLogin: request.as !== undefined })
    }
    const stopping: Session = {
      ...session,
      query: async <Row>(sql: string, values?: readonly unknown[]) => {
        await stop('before', sql)
        const rows = await session.query<Row>(sql, values)
        await stop('after', sql)
        return rows
      },
      script: async (statements, options) => {
        const sql = statements.map(inlined).join(';\n')
        await stop('before', sql)
        const results = await session.script(statements, options)
        await stop('after', sql)
        return results
      },
      copyIn: async (sql, data) => {
        await stop('before', sql)
        await session.copyIn(sql, data)
        await stop('after', sql)
      },
    }
    return stopping
  }
}
