import pg from 'pg'
import type { ServerAnswer } from '../model/answers.ts'
import { printable, printableName } from '../model/identifier.ts'
import type { Problem } from '../model/problem.ts'

/** Why a connection did not come about. */
export interface ConnectProblem extends Problem {
  readonly code: ConnectProblemCode
  /** For `no-hba-line`: the line of pg_hba.conf that would let this connection in. */
  readonly hbaLine?: string
}

export type ConnectProblemCode =
  | 'refused'
  | 'timed-out'
  | 'unknown-host'
  | 'password-required'
  | 'wrong-password'
  | 'no-hba-line'
  | 'tls-refused'
  | 'tls-untrusted'
  | 'database-missing'
  | 'role-missing'
  | 'too-many-connections'
  | 'starting-up'
  | 'shutting-down'
  | 'socket-missing'
  | 'not-postgres'
  | 'cancelled'
  | 'other'

/** How far a connection had come when it failed. */
export type ConnectPhase = 'reaching' | 'asking-for-tls' | 'tls-handshake' | 'logging-in'

/** A failure as it was met: what was thrown, and where. */
export interface ConnectFailure {
  readonly thrown: unknown
  readonly phase: ConnectPhase
  readonly tls: boolean
  /** This end of the connection as the socket knows it. */
  readonly localAddress: string | undefined
}

/** Thrown in place of an answer: the server wants a password, and there is none. */
export class PasswordRequired extends Error {}
/** Thrown where the first byte of the answer is none that PostgreSQL sends. */
export class NotPostgres extends Error {}
/** Thrown when the time for connecting is over. */
export class TimedOut extends Error {}
/** Thrown when the caller gave up. */
export class Cancelled extends Error {}

/** The problem in words, by SQLSTATE and C function where the server spoke: its language may be any. */
export function connectProblem(failure: ConnectFailure, target: ServerAnswer): ConnectProblem {
  const { thrown } = failure
  if (thrown instanceof pg.DatabaseError) return serverProblem(thrown, failure, target)
  if (thrown instanceof PasswordRequired) {
    return {
      code: 'password-required',
      message: `${placeOf(target)} asks for the password of ${printableName(target.user)}.`,
      next: 'Type it, or put it into a password file (~/.pgpass, mode 0600).',
    }
  }
  if (thrown instanceof TimedOut) return timedOut(target)
  if (thrown instanceof Cancelled)
    return { code: 'cancelled', message: 'The connection attempt was cancelled.' }
  if (thrown instanceof NotPostgres) return notPostgres(target)
  return transportProblem(thrown, failure, target)
}

/** The place as it is said in messages: `db.example.com:5432`, or the socket's file. */
export function placeOf(target: ServerAnswer): string {
  if (isSocketFolder(target.host)) return socketFile(target)
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`
}

/** Whether the host is the folder of a Unix socket. */
export function isSocketFolder(host: string): boolean {
  return host.startsWith('/')
}

/** The socket's file in its folder (manual, 19.3.1). */
export function socketFile(target: { readonly host: string; readonly port: number }): string {
  return `${target.host.replace(/(?<=.)\/+$/, '')}/.s.PGSQL.${target.port}`
}

/** Whether the server (or what stands before it) does not know a parameter of the startup packet. */
export function isUnsupportedStartupParameter(thrown: unknown): boolean {
  // A PostgreSQL server says 42704 or 22023; these words, in English only, are pgbouncer's.
  return thrown instanceof pg.DatabaseError && /unsupported startup parameter/i.test(thrown.message)
}

function serverProblem(
  error: pg.DatabaseError,
  failure: ConnectFailure,
  target: ServerAnswer,
): ConnectProblem {
  const sqlstate = error.code === undefined ? {} : { sqlstate: error.code }
  const said = saidBy(error)
  const place = placeOf(target)
  switch (error.code) {
    case '28P01':
      return {
        code: 'wrong-password',
        message: `${place} refuses the password of ${printableName(target.user)}.`,
        next: 'Type it again. PostgreSQL says the same for a role that does not exist, has no password, or is past its VALID UNTIL.',
        ...sqlstate,
      }
    case '28000':
      return { ...loginRefused(error, failure, target), ...sqlstate }
    case '3D000':
      return {
        code: 'database-missing',
        message: `There is no database ${printableName(target.database)} on ${place}.`,
        next: `Name one that exists; nearly every server has "postgres" (psql -l lists them).`,
        ...sqlstate,
      }
    case '42501':
      return {
        code: 'other',
        message: said,
        next: `Connect as a role that has CONNECT on ${printableName(target.database)}, or to another database.`,
        ...sqlstate,
      }
    case '53300':
      return {
        code: 'too-many-connections',
        message: `${place} has no connection left: ${said}`,
        next: 'Wait, or end sessions that nobody needs (pg_stat_activity shows them).',
        ...sqlstate,
      }
    case '57P03':
      return /shutting down/i.test(error.message)
        ? { code: 'shutting-down', message: said, next: 'Try again when the server is up.', ...sqlstate }
        : { code: 'starting-up', message: said, next: 'Try again in a moment.', ...sqlstate }
    case '57P01':
    case '57P02':
      return { code: 'shutting-down', message: said, next: 'Try again when the server is up.', ...sqlstate }
    default:
      return {
        code: 'other',
        message: said,
        ...(error.hint ? { next: sentence(error.hint) } : {}),
        ...sqlstate,
      }
  }
}

/** SQLSTATE 28000 has several causes; the C function that reports it tells them apart (auth.c, miscinit.c). */
function loginRefused(
  error: pg.DatabaseError,
  failure: ConnectFailure,
  target: ServerAnswer,
): ConnectProblem {
  const said = saidBy(error)
  if (error.routine === 'ClientAuthentication') {
    if (/valid client certificate/i.test(error.message)) {
      return {
        code: 'other',
        message: said,
        next: 'pg-usher logs in by password or as the system user (peer), not by client certificate: use an administrator with such a line in pg_hba.conf.',
      }
    }
    const hbaLine = missingHbaLine(error.message, failure, target)
    const place = /reject/i.test(error.message) ? ', above the line that rejects it' : ''
    const useTls =
      failure.tls || isSocketFolder(target.host)
        ? ''
        : ' Or connect with TLS, should the server want it: the lines for it are others.'
    if (hbaLine === null) {
      return {
        code: 'no-hba-line',
        message: said,
        next: 'A name with a line break fits no line but one for "all".',
      }
    }
    return {
      code: 'no-hba-line',
      message: said,
      next: `Let the server's pg_hba.conf have this line${place}, then reload it (SELECT pg_reload_conf()): ${hbaLine}${useTls}`,
      hbaLine,
    }
  }
  if (error.routine === 'InitializeSessionUserId') {
    return {
      code: 'role-missing',
      message: said,
      next: 'Connect as an administrator that exists and may log in.',
    }
  }
  return {
    code: 'role-missing',
    message: said,
    next: isSocketFolder(target.host)
      ? `Over the socket the server compares system user and role: run this as that user (sudo -u ${target.user} …), or connect by host name with a password.`
      : 'The line of pg_hba.conf that matches here wants another proof than a password.',
  }
}

function missingHbaLine(message: string, failure: ConnectFailure, target: ServerAnswer): string | null {
  if (/[\r\n]/.test(target.database + target.user)) return null
  const database = hbaToken(target.database)
  const user = hbaToken(target.user)
  if (isSocketFolder(target.host)) return `local ${database} ${user} scram-sha-256`
  // In every language the address is the first quoted word; this end's own is the guess where NAT is not in the way.
  const seen = /host "([0-9a-f.:]+)(?:%\w+)?"/i.exec(message)?.[1] ?? failure.localAddress ?? '0.0.0.0'
  const address = seen.replace(/^::ffff:(?=\d+\.)/i, '')
  const cidr = `${address}/${address.includes(':') ? 128 : 32}`
  return `${failure.tls ? 'hostssl' : 'host'} ${database} ${user} ${cidr} scram-sha-256`
}

/** A name as pg_hba.conf wants it: in quotes where it could be a keyword, a list, a group or a pattern. */
function hbaToken(name: string): string {
  const plain =
    /^[a-z_][a-z0-9_]*$/i.test(name) && !/^(all|sameuser|samerole|samegroup|replication)$/i.test(name)
  return plain ? name : `"${name.replaceAll('"', '""')}"`
}

function transportProblem(thrown: unknown, failure: ConnectFailure, target: ServerAnswer): ConnectProblem {
  const error = firstError(thrown)
  const place = placeOf(target)
  if (failure.phase === 'tls-handshake') return tlsProblem(error, target)
  if (error.message === 'The server does not support SSL connections') {
    return {
      code: 'tls-refused',
      message: `${place} speaks no TLS.`,
      next: 'Let the server have TLS (ssl = on, with a certificate), or choose the TLS mode "prefer" or "disable" where the way to it is private.',
    }
  }
  if (failure.phase === 'asking-for-tls') return notPostgres(target)
  switch (error.code) {
    case 'ECONNREFUSED':
      return {
        code: 'refused',
        message: `${place} refuses the connection: nothing listens there.`,
        next: isSocketFolder(target.host)
          ? 'Start the server, or look for the socket that it made.'
          : 'Check host and port, that the server runs, and that its listen_addresses has the address; a firewall may refuse, too.',
      }
    case 'ETIMEDOUT':
      return timedOut(target)
    case 'ENOTFOUND':
      return {
        code: 'unknown-host',
        message: `There is no host named ${target.host}.`,
        next: 'Check its spelling.',
      }
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
      return {
        code: 'unknown-host',
        message: `The name ${target.host} cannot be looked up: no name server answers.`,
        next: 'Check the network (a VPN may be missing), or give the address.',
      }
    case 'ENOENT':
    case 'ENOTDIR':
      return {
        code: 'socket-missing',
        message: `There is no socket ${socketFile(target)}.`,
        next: 'Check that the server runs, and its port; SHOW unix_socket_directories tells where its socket is. Or give a host name.',
      }
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'other',
        message: `This system user may not open ${place}.`,
        next: 'Run this as a user that may, or connect by host name.',
      }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return {
        code: 'other',
        message: `No way leads from here to ${place}.`,
        next: 'Check the network: a VPN may be missing, or the address may be IPv6 where only IPv4 is routed.',
      }
    default:
  }
  if (/^Unknown authenticationOk message type/.test(error.message)) {
    return {
      code: 'other',
      message: `${place} wants a login by Kerberos (GSSAPI or SSPI), which pg-usher does not speak.`,
      next: 'Use an administrator whose line in pg_hba.conf says scram-sha-256 or peer.',
    }
  }
  if (/exceeds scramMaxIterations/.test(error.message)) {
    return {
      code: 'other',
      message: `The password of ${target.user} was stored with more than 100,000 SCRAM iterations.`,
      next: 'Use another administrator, or set the password again with a lower scram_iterations.',
    }
  }
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || /^Connection terminated/.test(error.message)) {
    return notPostgres(target)
  }
  return { code: 'other', message: `${place}: ${sentence(error.message)}` }
}

const untrusted: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it is revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known here',
}

function tlsProblem(error: FoundError, target: ServerAnswer): ConnectProblem {
  const place = placeOf(target)
  if (error.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      code: 'tls-untrusted',
      message: `The certificate of ${place} is for another name.`,
      next: 'Connect by the name that stands in the certificate, or choose verify-ca where the name cannot match.',
    }
  }
  const reason = untrusted[error.code ?? '']
  if (reason !== undefined || /certificate/i.test(error.message)) {
    return {
      code: 'tls-untrusted',
      message: `The certificate of ${place} is not trusted: ${reason ?? sentence(error.message)}.`,
      next: "Give the file of the authority that signed it (the provider's CA bundle).",
    }
  }
  return {
    code: 'tls-refused',
    message: `${place} agreed to TLS and then broke it off: ${sentence(error.message)}`,
    next: 'Check which TLS versions the server allows (at least 1.2 is needed here), and whether a proxy stands in between.',
  }
}

function timedOut(target: ServerAnswer): ConnectProblem {
  return {
    code: 'timed-out',
    message: `${placeOf(target)} does not answer.`,
    next: 'A firewall that drops packets looks like this: check host and port, security groups, and whether a VPN or a tunnel is needed.',
  }
}

function notPostgres(target: ServerAnswer): ConnectProblem {
  return {
    code: 'not-postgres',
    message: `${placeOf(target)} takes the connection but does not answer as PostgreSQL does.`,
    next: 'Check the port. A tunnel or a proxy does this, too, when the server behind it is down.',
  }
}

interface FoundError {
  readonly message: string
  readonly code: string | undefined
}

/** Several addresses of one host give one AggregateError; the first says what the others say. */
function firstError(thrown: unknown): FoundError {
  const inner: unknown = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown
  if (!(inner instanceof Error)) return { message: String(inner), code: undefined }
  const { code } = inner as { code?: unknown }
  return { message: inner.message, code: typeof code === 'string' ? code : undefined }
}

/** The server's message with its detail, which for some (57P03) holds the reason. */
function saidBy(error: pg.DatabaseError): string {
  return error.detail ? `${sentence(error.message)} ${sentence(error.detail)}` : sentence(error.message)
}

function sentence(text: string): string {
  const trimmed = printable(text.trim())
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1)
  return /[.!?]$/.test(capital) || capital === '' ? capital : `${capital}.`
}
