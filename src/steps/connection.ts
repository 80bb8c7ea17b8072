import type { ServerAnswer, TlsMode } from '../model/answers.ts'
import type { Draft, DraftChange, FieldProblem, Understood } from './step.ts'

/** What stands in the fields. */
export interface ConnectionInput {
  readonly host: string
  readonly port: string
  readonly database: string
  readonly user: string
  readonly tls: TlsMode
  readonly caFile: string
}

export const tlsModes: readonly { readonly mode: TlsMode; readonly label: string }[] = [
  { mode: 'prefer', label: 'if offered' },
  { mode: 'require', label: 'required' },
  { mode: 'verify-full', label: 'verified' },
  { mode: 'verify-ca', label: 'verified, any host' },
  { mode: 'disable', label: 'off' },
]

/** A port number from what was typed, or null. */
export function portOf(text: string): number | null {
  const port = Number(text.trim())
  return /^\d{1,5}$/.test(text.trim()) && port >= 1 && port <= 65535 ? port : null
}

/** Understands the fields of the connection. */
export function connectionAnswer(input: ConnectionInput): Understood<ServerAnswer> {
  const problems: FieldProblem[] = []
  const port = portOf(input.port)
  const missing = (field: string, message: string) =>
    problems.push({ field, problem: { code: 'missing', message } })
  if (input.host.trim() === '')
    missing('host', 'It is empty. A host name, an address, or the folder of a socket (/...).')
  if (port === null)
    problems.push({
      field: 'port',
      problem: { code: 'bad-port', message: 'A port is a number from 1 to 65535.' },
    })
  if (input.user === '') missing('user', 'It is empty. The role to connect as.')
  if (input.database === '') missing('database', 'It is empty. The database to connect to.')
  const verifies = input.tls === 'verify-ca' || input.tls === 'verify-full'
  if (problems.length > 0 || port === null) return { ok: false, problems }
  return {
    ok: true,
    value: {
      host: input.host.trim(),
      port,
      database: input.database,
      user: input.user,
      tls: input.tls,
      ...(verifies && input.caFile.trim() !== '' ? { caFile: input.caFile.trim() } : {}),
    },
  }
}

/** The fields of an answer. */
export function connectionInputOf(server: ServerAnswer): ConnectionInput {
  return { ...server, port: String(server.port), caFile: server.caFile ?? '' }
}

/** Whether a connection by one of the answers is one by the other, too. */
export function sameConnection(a: ServerAnswer | undefined, b: ServerAnswer): boolean {
  return sameServer(a, b) && a?.database === b.database && a.tls === b.tls && a.caFile === b.caFile
}

/** Whether two answers mean the same server and administrator, so that what was read from it still holds. */
export function sameServer(
  a: Pick<ServerAnswer, 'host' | 'port' | 'user'> | undefined,
  b: Pick<ServerAnswer, 'host' | 'port' | 'user'>,
): boolean {
  return a !== undefined && a.host === b.host && a.port === b.port && a.user === b.user
}

/** Takes the connection. Another server takes with it what was chosen on the former one. */
export function chooseServer(draft: Draft, server: ServerAnswer): DraftChange {
  if (sameServer(draft.server, server)) return { draft: { ...draft, server }, cleared: [] }
  const { endpoint: _endpoint, databases: _databases, ...kept } = draft
  const cleared = [
    ...(draft.endpoint === undefined ? [] : ['the address for the tool']),
    ...(draft.databases === undefined ? [] : ['schemas and tables']),
  ]
  // A document that names another way to the same server (an answers file) keeps what it says.
  return draft.server === undefined
    ? { draft: { ...draft, server }, cleared: [] }
    : { draft: { ...kept, server, replacePassword: false, sendPlainPassword: false }, cleared }
}
