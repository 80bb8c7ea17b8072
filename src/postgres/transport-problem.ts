import type { ServerAnswer } from '../model/answers.ts'
import { printableName } from '../model/identifier.ts'
import type { ConnectFailure, ConnectProblem } from './connect-problem.ts'
import { sentence } from './sentence.ts'
import { isSocketFolder, placeOf, socketFile } from './server-place.ts'

/** Why the server was not reached or not understood, in words: what the network, TLS or the driver says. */
export function transportProblem(
  thrown: unknown,
  failure: ConnectFailure,
  target: ServerAnswer,
): ConnectProblem {
  const error = tellingError(thrown)
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
      message: `The password of ${printableName(target.user)} was stored with more than 100,000 SCRAM iterations.`,
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
      message: `The certificate of ${place} is not trusted: ${reason ?? error.message}.`,
      next: "Give the file of the authority that signed it (the provider's CA bundle).",
    }
  }
  return {
    code: 'tls-refused',
    message: `${place} agreed to TLS and then broke it off: ${sentence(error.message)}`,
    next: 'Check which TLS versions the server allows (at least 1.2 is needed here), and whether a proxy stands in between.',
  }
}

/** Nothing came back within the time. */
export function timedOut(target: ServerAnswer): ConnectProblem {
  return {
    code: 'timed-out',
    message: `${placeOf(target)} does not answer.`,
    next: 'A firewall that drops packets looks like this: check host and port, security groups, and whether a VPN or a tunnel is needed.',
  }
}

/** What answers there is something else, or a proxy with nothing behind it. */
export function notPostgres(target: ServerAnswer): ConnectProblem {
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

/**
 * Several addresses of one host give one AggregateError. The first that was reached says most: an IPv6 address
 * without a route tells nothing where the IPv4 address refuses.
 */
function tellingError(thrown: unknown): FoundError {
  const all: unknown[] =
    thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors : [thrown]
  const found = all.map(foundError)
  return found.find(({ code }) => !noRoute.has(code ?? '')) ?? foundError(all[0])
}

const noRoute: ReadonlySet<string> = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])

function foundError(thrown: unknown): FoundError {
  if (!(thrown instanceof Error)) return { message: String(thrown), code: undefined }
  const { code } = thrown as { code?: unknown }
  return { message: thrown.message, code: typeof code === 'string' ? code : undefined }
}
