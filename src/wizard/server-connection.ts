import type { ServerAnswer } from '../model/answers.ts'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { ServerFacts } from '../model/server-facts.ts'
import type { ServerSession } from '../postgres/client-session.ts'
import type { ConnectTarget } from '../postgres/connect.ts'
import type { ConnectionString } from '../postgres/connection-string.ts'
import type { OpenSession } from '../postgres/session.ts'
import { sameServer } from '../steps/connection.ts'

/** The administrator's connection while the wizard is open: one session, the way to more, the password in use. */
export interface ServerConnection {
  readonly target: ConnectTarget
  readonly session: ServerSession
  readonly open: OpenSession
  readonly facts: ServerFacts
}

/** A password that was given when the wizard was started, and the only server and user that it is for. */
export interface GivenPassword {
  readonly password: Secret
  readonly for: Pick<ServerAnswer, 'host' | 'port' | 'user'>
}

export type ConnectResult =
  | { readonly ok: true; readonly connection: ServerConnection }
  | { readonly ok: false; readonly problem: Problem; readonly wantsPassword: boolean }

/**
 * Connects with the first password there is: typed, then given by who started the wizard, then what libpq
 * would find (PGPASSWORD, the password file). None is kept after the wizard ends.
 * @param signal ends the attempt, not the connection that came of it
 */
export async function connectToServer(
  server: ServerAnswer,
  passwords: {
    readonly typed: Secret | null
    readonly given: GivenPassword | null
    /** Without a password: it names the service or the password file to look into. */
    readonly argument: ConnectionString
  },
  signal: AbortSignal,
  more: Pick<ConnectTarget, 'early' | 'tlsAtOnce'> = {},
): Promise<ConnectResult> {
  const { connect, openSessionFor } = await import('../postgres/connect.ts')
  const { findPassword } = await import('../postgres/connection-defaults.ts')
  const { surroundingsHere } = await import('../postgres/surroundings.ts')
  const { readServerFacts } = await import('../postgres/server-facts.ts')
  const looked = findPassword(server, surroundingsHere(passwords.argument))
  // Another server is not told it.
  const given = passwords.given !== null && sameServer(passwords.given.for, server) ? passwords.given : null
  const password = passwords.typed ?? given?.password ?? looked.found?.password
  const { early, tlsAtOnce } = more
  const target: ConnectTarget = { ...server, password, tlsAtOnce }
  const result = await connect({ ...target, signal, early })
  if (!result.ok) {
    const { problem } = result
    const wantsPassword = problem.code === 'password-required' || problem.code === 'wrong-password'
    // A password file that was passed over for its permissions is why none was found.
    const passedOver = wantsPassword && password === undefined ? looked.problem : null
    return { ok: false, problem: passedOver ?? problem, wantsPassword }
  }
  const session = result.value
  const open = openSessionFor(target)
  try {
    const facts = await readServerFacts(session, server.host, open)
    return { ok: true, connection: { target, session, open, facts } }
  } catch (thrown) {
    await session.close().catch(() => {})
    throw thrown
  }
}
