import * as net from 'node:net'
import * as tls from 'node:tls'
import type { ServerAnswer } from '../model/answers.ts'
import { ProblemError, type Result } from '../model/problem.ts'
import { reveal, type Secret } from '../model/secret.ts'
import { sendCancelRequest } from './cancel-request.ts'
import { type ServerSession, sessionOver } from './client-session.ts'
import {
  Cancelled,
  type ConnectFailure,
  type ConnectPhase,
  type ConnectProblem,
  connectProblem,
  isUnsupportedStartupParameter,
  NotPostgres,
  PasswordRequired,
  TimedOut,
} from './connect-problem.ts'
import { containThrows } from './contain-throws.ts'
import { socketFor } from './early-socket.ts'
import { peerCertificate } from './peer-certificate.ts'
import { isSocketFolder, socketFile } from './server-place.ts'
import type { OpenSession } from './session.ts'
import { StartupClient } from './startup-client.ts'
import type { TlsAtOnce } from './tls-at-once.ts'
import { tlsOptions } from './tls-options.ts'
import { untilAborted } from './until-aborted.ts'

/** Where to, as whom, and for how long to try. */
export interface ConnectTarget extends ServerAnswer {
  readonly password?: Secret | undefined
  /** What pg_stat_activity shows; `pg-usher` when left out. */
  readonly applicationName?: string
  /** Milliseconds for all of it; 10,000 when left out. */
  readonly timeout?: number
  readonly signal?: AbortSignal
  /** What is known of servers that need not be asked for TLS first; all are asked when left out. */
  readonly tlsAtOnce?: TlsAtOnce | undefined
  /** A socket on its way to this server (early-socket.ts), for the first attempt. */
  readonly early?: net.Socket | undefined
}

/** As {@link connect} gives it, with the failure as it was met: the knock reads more out of it. */
export type ConnectAttempt =
  | { readonly ok: true; readonly value: ServerSession }
  | { readonly ok: false; readonly problem: ConnectProblem; readonly failure: ConnectFailure | null }

/**
 * Connects and logs in, with libpq's meaning of the TLS modes. Nothing of it depends on the environment
 * (PG* variables, ~/.pgpass): connection-defaults.ts reads those, where a person can see them.
 */
export async function connect(target: ConnectTarget): Promise<Result<ServerSession, ConnectProblem>> {
  const attempt = await attemptToConnect(target)
  return attempt.ok ? attempt : { ok: false, problem: attempt.problem }
}

/**
 * Opens sessions on the target's server: in another database as the same role, or as another login with its
 * password. What it gives throws ProblemError where the server says no. The target's signal is left out: it was
 * for the first connection, and undoing after Ctrl-C needs further ones.
 */
export function openSessionFor({ signal: _signal, early: _early, ...target }: ConnectTarget): OpenSession {
  return async ({ database, as }) => {
    const result = await connect({ ...target, database, ...as })
    if (!result.ok) throw new ProblemError(result.problem)
    return result.value
  }
}

/** As {@link connect}, and tells how far it came. */
export async function attemptToConnect(target: ConnectTarget): Promise<ConnectAttempt> {
  if ([target.host, target.user, target.database].some(text => text === '' || text.includes('\0'))) {
    const problem: ConnectProblem = { code: 'other', message: 'Host, user and database must not be empty.' }
    return { ok: false, problem, failure: null }
  }
  const secure = await tlsOptions(target)
  if (!secure.ok) return { ok: false, problem: secure.problem, failure: null }
  const deadline = performance.now() + (target.timeout ?? 10_000)

  let { early } = target
  /** It is for one attempt. */
  const socket = () => {
    const taken = socketFor(early)
    early = undefined
    return taken
  }

  const attemptBy = async (
    tlsWith: tls.ConnectionOptions | false,
    negotiation: Negotiation,
  ): Promise<ConnectAttempt> => {
    const once = (startup: Readonly<Record<string, string>>) =>
      attemptOnce(target, { socket: socket(), tlsWith, negotiation, startup, deadline })
    const first = await once(strictStartup)
    if (first.ok || first.failure === null || !isUnsupportedStartupParameter(first.failure.thrown))
      return first
    return once(pooledStartup)
  }

  const attempt = async (tlsWith: tls.ConnectionOptions | false): Promise<ConnectAttempt> => {
    const { tlsAtOnce } = target
    if (tlsWith === false || tlsAtOnce?.isWorthTrying(target) !== true) return attemptBy(tlsWith, 'postgres')
    const direct = await attemptBy(tlsWith, 'direct')
    if (!isNotTakenAtOnce(direct)) {
      if (direct.ok) tlsAtOnce.was(target, true)
      return direct
    }
    // Asked for it as ever, with the same demands: what does not speak TLS at all gets no further than before.
    const asked = await attemptBy(tlsWith, 'postgres')
    if (asked.ok) tlsAtOnce.was(target, false)
    return asked
  }

  const first = await attempt(secure.value)
  if (first.ok || target.tls !== 'prefer' || secure.value === false) return first
  // As libpq does under `prefer`: where TLS, or the pg_hba.conf lines for it, let nobody in, once more without.
  if (!['tls-refused', 'no-hba-line'].includes(first.problem.code)) return first
  const plain = await attempt(false)
  return !plain.ok && plain.problem.code === 'no-hba-line' && first.problem.code === 'no-hba-line'
    ? first
    : plain
}

/**
 * Settings that the role or the database may have otherwise and that would change what our statements mean:
 * names that are not qualified, backslashes in literals, warnings that are not sent, the form of dates. In
 * the startup packet they stand above ALTER ROLE SET, cost no round trip, and leave nothing behind in a pooler.
 */
const strictStartup: Readonly<Record<string, string>> = {
  search_path: '',
  standard_conforming_strings: 'on',
  client_min_messages: 'notice',
  DateStyle: 'ISO, MDY',
}

/** What every pooler knows of them (pgbouncer's manual, ignore_startup_parameters) and sets for each client. */
const pooledStartup: Readonly<Record<string, string>> = {
  standard_conforming_strings: 'on',
  DateStyle: 'ISO, MDY',
}

/** How TLS begins: asked for by SSLRequest, or at once (libpq's sslnegotiation; manual, 32.1.2). */
type Negotiation = 'postgres' | 'direct'

/** The name of the protocol in TLS (ALPN), without which nobody takes it at once (manual, 54.2.10). */
const protocolName = 'postgresql'

/** Whether TLS at once came to nothing before there was a certificate to look at. */
function isNotTakenAtOnce(attempt: ConnectAttempt): boolean {
  if (attempt.ok || attempt.failure === null) return false
  const { phase, thrown } = attempt.failure
  const { code } = attempt.problem
  return (
    phase === 'tls-handshake' &&
    code !== 'tls-untrusted' &&
    !(thrown instanceof TimedOut) &&
    !(thrown instanceof Cancelled)
  )
}

/** What the first byte of an answer to our startup packet can be: R, E, N (notice), v (protocol version). */
const firstBytes: ReadonlySet<number> = new Set(Buffer.from('RENv'))

interface AttemptOptions {
  readonly socket: net.Socket
  readonly tlsWith: tls.ConnectionOptions | false
  readonly negotiation: Negotiation
  readonly startup: Readonly<Record<string, string>>
  /** As performance.now() gives it. */
  readonly deadline: number
}

async function attemptOnce(
  target: ConnectTarget,
  { socket, tlsWith, negotiation, startup, deadline }: AttemptOptions,
): Promise<ConnectAttempt> {
  const progress: Progress = { phase: 'reaching', key: null, passwordAsked: false, major: null }
  const client = new StartupClient(
    {
      host: target.host,
      port: target.port,
      user: target.user,
      database: target.database,
      // A function is asked only when the server wants a password, and keeps node-pg from PGPASSWORD and .pgpass.
      password: () => {
        progress.passwordAsked = true
        if (target.password === undefined) throw new PasswordRequired()
        return reveal(target.password)
      },
      ssl: tlsWith,
      sslnegotiation: negotiation,
      client_encoding: 'UTF8',
      keepAlive: true,
      keepAliveInitialDelayMillis: 30_000,
      stream: () => socket,
    },
    {
      user: target.user,
      database: target.database,
      application_name: target.applicationName ?? 'pg-usher',
      ...startup,
    },
  )

  const { connection } = client
  // Without a listener an error after the login would end the process; the session listens for itself, too.
  client.on('error', () => {})
  connection.once('connect', () => {
    progress.phase = tlsWith === false ? 'logging-in' : 'asking-for-tls'
    containThrows(socket)
  })
  connection.once('sslconnect', () => {
    progress.phase = 'tls-handshake'
    containThrows(connection.stream)
    connection.stream.once('secureConnect', () => {
      const { stream } = connection
      const named = stream instanceof tls.TLSSocket && stream.alpnProtocol === protocolName
      if (negotiation === 'direct' && !named) stream.destroy(new NotPostgres())
      else progress.phase = 'logging-in'
    })
  })
  connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
    if (parameterName === 'server_version') progress.major = Number.parseInt(parameterValue, 10)
  })
  connection.once('backendKeyData', message => {
    progress.key = message
  })
  if (tlsWith === false) {
    socket.prependOnceListener('data', chunk => {
      const first = chunk[0]
      if (first !== undefined && !firstBytes.has(first)) socket.destroy(new NotPostgres())
    })
  }

  const signals = [AbortSignal.timeout(Math.max(0, Math.ceil(deadline - performance.now())))]
  if (target.signal !== undefined) signals.push(target.signal)
  const ended = AbortSignal.any(signals)
  try {
    await untilAborted(client.connect(), ended)
  } catch (thrown) {
    const failure: ConnectFailure = {
      thrown: thrown === ended.reason ? (target.signal?.aborted ? new Cancelled() : new TimedOut()) : thrown,
      phase: progress.phase,
      tls: progress.phase === 'logging-in' && tlsWith !== false,
      localAddress: socket.localAddress,
    }
    connection.stream.destroy()
    socket.destroy()
    return { ok: false, problem: connectProblem(failure, target), failure }
  }

  if (tlsWith !== false && progress.major !== null) target.tlsAtOnce?.hasVersion(target, progress.major)
  const facts = {
    database: target.database,
    user: target.user,
    connection: {
      processId: progress.key?.processID ?? null,
      tls: tlsWith !== false,
      certificate: peerCertificate(
        connection.stream,
        target.caFile === undefined || target.caFile === 'system',
      ),
      passwordAsked: progress.passwordAsked,
      startup: startup === strictStartup ? ('accepted' as const) : ('refused' as const),
    },
  }
  return { ok: true, value: sessionOver(client, facts, cancellerOf(target, socket, tlsWith, progress.key)) }
}

/** What is known of a connection while it begins. */
interface Progress {
  phase: ConnectPhase
  key: BackendKey | null
  passwordAsked: boolean
  /** The server's major version, once it was said. */
  major: number | null
}

interface BackendKey {
  readonly processID: number
  readonly secretKey: number
}

/** Sends a CancelRequest to the very address that the session reached, of the several that a name may have. */
function cancellerOf(
  target: ConnectTarget,
  socket: net.Socket,
  tlsWith: tls.ConnectionOptions | false,
  key: BackendKey | null,
): () => Promise<void> {
  const path = isSocketFolder(target.host)
    ? { path: socketFile(target) }
    : { host: socket.remoteAddress ?? target.host, port: target.port }
  const name = net.isIP(target.host) === 0 ? { servername: target.host } : {}
  const options = tlsWith === false ? null : { ...tlsWith, host: target.host, ...name }
  return async () => {
    if (key === null) return
    const { processID: processId, secretKey } = key
    await sendCancelRequest({ path, tls: options, processId, secretKey }, target.timeout ?? 10_000)
  }
}
