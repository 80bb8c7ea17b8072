import type pg from 'pg'
import type { ServerAnswer } from '../model/answers.ts'
import { printableName } from '../model/identifier.ts'
import type { ConnectFailure, ConnectProblem } from './connect-problem.ts'
import { sentence } from './sentence.ts'
import { isSocketFolder, placeOf } from './server-place.ts'

/** Why the server lets nobody in, in words: by SQLSTATE and C function, since its language may be any. */
export function loginRefusal(
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
      ? `Over the socket the server compares system user and role: run this as that user (sudo -u ${target.user} ...), or connect by host name with a password.`
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

/** The server's message with its detail, which for some (57P03) holds the reason. */
function saidBy(error: pg.DatabaseError): string {
  return error.detail ? `${sentence(error.message)} ${sentence(error.detail)}` : sentence(error.message)
}
