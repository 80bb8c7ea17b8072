import type { Result } from '../../model/problem.ts'
import { reveal } from '../../model/secret.ts'
import { parseConnectionString } from '../../postgres/connection-string.ts'
import type { ConnectionInput } from '../../steps/connection.ts'

/** Whether a text is a URL or KEY=VALUE pairs: no host has `://` or `=` in its name. */
export function isConnectionString(text: string): boolean {
  return text.includes('://') || text.includes('=')
}

/** Whether a text is a URL of PostgreSQL's. */
export function isUrl(text: string): boolean {
  return /^\s*(jdbc:)?postgres(ql)?:\/\//.test(text)
}

/** What a connection string says of the fields. */
export interface StringFields {
  readonly input: Partial<ConnectionInput>
  /** For the masked field only. */
  readonly password: string | null
  /** Parameters that mean something to libpq and nothing here. */
  readonly notUsed: readonly string[]
}

/** The fields that a connection string names. A problem never quotes it: it may hold a password. */
export function fieldsOfString(text: string): Result<StringFields> {
  const parsed = parseConnectionString(text)
  if (!parsed.ok) return parsed
  const { host, port, database, user, password, tls, caFile, service, passfile, ignored } = parsed.value
  return {
    ok: true,
    value: {
      input: {
        ...(host === undefined ? {} : { host }),
        ...(port === undefined ? {} : { port: String(port) }),
        ...(database === undefined ? {} : { database }),
        ...(user === undefined ? {} : { user }),
        ...(tls === undefined ? {} : { tls }),
        ...(caFile === undefined ? {} : { caFile }),
      },
      password: password === undefined ? null : reveal(password),
      // The files that these two name are read when the program starts (--service, PGPASSFILE).
      notUsed: [
        ...(service === undefined ? [] : ['service']),
        ...(passfile === undefined ? [] : ['passfile']),
        ...ignored,
      ],
    },
  }
}
