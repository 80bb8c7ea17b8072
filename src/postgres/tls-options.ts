import { readFile } from 'node:fs/promises'
import * as tls from 'node:tls'
import type { ServerAnswer } from '../model/answers.ts'
import type { Result } from '../model/problem.ts'
import type { ConnectProblem } from './connect-problem.ts'
import { isSocketFolder } from './server-place.ts'

/**
 * libpq's sslmode as options of node:tls (manual, 32.19.1); false for no TLS: asked for, or over a Unix
 * socket, where libpq has none either. `require` with an authority's file verifies like verify-ca, as libpq does.
 */
export async function tlsOptions(
  target: ServerAnswer,
): Promise<Result<tls.ConnectionOptions | false, ConnectProblem>> {
  if (target.tls === 'disable' || isSocketFolder(target.host)) return { ok: true, value: false }
  const mode = target.tls === 'require' && target.caFile !== undefined ? 'verify-ca' : target.tls
  if (mode === 'prefer' || mode === 'require') {
    return { ok: true, value: { ...base, rejectUnauthorized: false, checkServerIdentity: anyName } }
  }
  const publicAuthorities = target.caFile === undefined || target.caFile === 'system'
  if (mode === 'verify-ca' && publicAuthorities) {
    // libpq refuses it, too: anybody has a certificate of some public authority.
    return untrusted(
      'verify-ca proves nothing without the file of the authority.',
      'Name the file (sslrootcert), or choose verify-full.',
    )
  }
  const identity = mode === 'verify-ca' ? { checkServerIdentity: anyName } : {}
  if (target.caFile === undefined || publicAuthorities) {
    const ca = [...tls.rootCertificates, ...systemCertificates()]
    return { ok: true, value: { ...base, ...identity, rejectUnauthorized: true, ca } }
  }
  try {
    const ca = await readFile(target.caFile, 'utf8')
    if (!ca.includes('-----BEGIN')) {
      return untrusted(`${target.caFile} holds no certificate.`, 'It must be a file in PEM form.')
    }
    return { ok: true, value: { ...base, ...identity, rejectUnauthorized: true, ca } }
  } catch (thrown) {
    const reason =
      thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
        ? 'is not there'
        : 'cannot be read'
    return untrusted(
      `The file of the certificate authority ${reason}: ${target.caFile}`,
      'Give the path of a PEM file.',
    )
  }
}

/**
 * The curve that PostgreSQL's ssl_ecdh_curve has by default stands first: OpenSSL sends a key share for the
 * first one only, and any other costs a round trip more.
 */
const base: tls.ConnectionOptions = {
  ecdhCurve: 'prime256v1:X25519:secp384r1:secp521r1',
  minVersion: 'TLSv1.2',
}

const anyName = () => undefined

/** What the operating system trusts, where Node can tell (22.15 and later). */
function systemCertificates(): string[] {
  return typeof tls.getCACertificates === 'function' ? tls.getCACertificates('system') : []
}

function untrusted(message: string, next: string): Result<never, ConnectProblem> {
  return { ok: false, problem: { code: 'tls-untrusted', message, next } }
}
