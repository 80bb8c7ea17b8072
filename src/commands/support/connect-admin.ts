import { stateFolder } from '../../engine/state-folder.ts'
import type { ServerAnswer } from '../../model/answers.ts'
import { type Problem, ProblemError } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import type { ServerSession } from '../../postgres/client-session.ts'
import { type ConnectTarget, connect, openSessionFor } from '../../postgres/connect.ts'
import { findPassword } from '../../postgres/connection-defaults.ts'
import type { OpenSession } from '../../postgres/session.ts'
import { surroundingsHere } from '../../postgres/surroundings.ts'
import { rememberTlsAtOnce } from '../../postgres/tls-at-once.ts'
import type { CommandIo } from './command-io.ts'
import { askPassword, canAsk } from './prompt.ts'
import { problemText } from './report-problem.ts'

/** The administrator's connection: the first session, and the way to more. */
export interface AdminConnection {
  readonly session: ServerSession
  readonly target: ConnectTarget
  readonly open: OpenSession
}

/** As often as psql's users are used to. */
const typedAttempts = 3

/**
 * Connects as the administrator of the answers. The password is the one given, or what libpq would find
 * (PGPASSWORD, the password file), or is asked for, masked, when the server wants one and there is a terminal.
 * @param folder where it is kept which servers take TLS at once
 * @throws ProblemError as connect says it; `cancelled`
 */
export async function connectAdmin(
  server: ServerAnswer,
  io: CommandIo,
  given?: Secret,
  folder: string = stateFolder(io.env),
): Promise<AdminConnection> {
  const here = surroundingsHere()
  const lookedUp = given === undefined ? findPassword(server, here) : null
  if (lookedUp?.problem) io.stderr.write(problemText([lookedUp.problem]))
  const tlsAtOnce = rememberTlsAtOnce(folder)
  let password = given ?? lookedUp?.found?.password
  for (let typed = 0; ; typed += 1) {
    const target: ConnectTarget = { ...server, password, signal: io.signal, tlsAtOnce }
    const result = await connect(target)
    if (result.ok) return { session: result.value, target, open: openSessionFor(target) }

    const { problem } = result
    const another = problem.code === 'password-required' || problem.code === 'wrong-password'
    if (another && !canAsk(io)) throw new ProblemError(nobodyTypes(problem, lookedUp?.found?.source))
    if (!another || typed >= typedAttempts) throw new ProblemError(problem)
    if (problem.code === 'wrong-password') io.stderr.write(problemText([problem]))
    const answer = await askPassword(io, `Password for ${server.user} on ${server.host}: `)
    if (answer === null) throw new ProblemError(problem)
    password = answer
  }
}

/** Without a terminal nobody types it: it has to be found. */
function nobodyTypes(problem: Problem, source: string | undefined): Problem {
  return {
    ...problem,
    next:
      source === undefined
        ? 'There is no terminal to type it on: put it into PGPASSWORD, or into a password file (~/.pgpass, or what PGPASSFILE names; mode 0600).'
        : `The one in ${source} was refused: mend it there. PostgreSQL says the same for a role that does not exist, has no password, or is past its VALID UNTIL.`,
  }
}
