import type { ServerAnswer } from '../model/answers.ts'
import type { ConnectionDefaults } from '../postgres/connection-defaults.ts'
import { type ConnectionInput, connectionAnswer, connectionInputOf } from '../steps/connection.ts'
import type { Draft } from '../steps/step.ts'

/** What stands in the connection's fields at first, each with where it is from. */
export interface ConnectionBeginning {
  readonly input: ConnectionInput
  readonly sources: Readonly<Record<string, string>>
}

/** An answers file first, then what the computer says. */
export function connectionBeginning(draft: Draft, defaults: ConnectionDefaults): ConnectionBeginning {
  if (draft.server !== undefined) {
    const from = 'answers'
    return {
      input: connectionInputOf(draft.server),
      sources: { host: from, port: from, database: from, user: from, tls: from, caFile: from },
    }
  }
  const { host, port, database, user, tls, caFile } = defaults
  return {
    input: {
      host: host.value,
      port: String(port.value),
      database: database.value,
      user: user.value,
      tls: tls.value,
      caFile: caFile.value ?? '',
    },
    sources: {
      host: host.source,
      port: port.source,
      database: database.source,
      user: user.source,
      ...(tls.source === 'default' ? {} : { tls: tls.source }),
      ...(caFile.value === null ? {} : { caFile: caFile.source }),
    },
  }
}

/**
 * The server that somebody has named: on the command line, in a PG* variable, a service or an answers file. Null
 * where only the defaults would name one, or where a name is missing.
 */
export function namedServer(draft: Draft, defaults: ConnectionDefaults): ServerAnswer | null {
  if (draft.server === undefined && defaults.host.source === 'default') return null
  const understood = connectionAnswer(connectionBeginning(draft, defaults).input)
  return understood.ok ? understood.value : null
}
