import { TLSSocket } from 'node:tls'
import type { ServerCertificate } from '../model/server-certificate.ts'

const day = 24 * 60 * 60 * 1000

/**
 * The certificate that the server has shown on this stream; null where the stream has no TLS.
 * @param publicRoots whether it was checked against the authorities that everybody trusts
 */
export function peerCertificate(stream: unknown, publicRoots: boolean): ServerCertificate | null {
  if (!(stream instanceof TLSSocket)) return null
  const certificate = stream.getPeerX509Certificate()
  if (certificate === undefined) return null
  const validTo = new Date(certificate.validTo)
  const selfSigned = certificate.checkIssued(certificate)
  return {
    names: alternativeNames(certificate.subjectAltName) ?? nameIn(certificate.subject, 'CN'),
    authority: nameIn(certificate.issuer, 'O', 'CN').join(' '),
    selfSigned,
    publiclyTrusted: publicRoots ? stream.authorized : selfSigned ? false : null,
    validTo: validTo.toISOString(),
    daysLeft: Math.floor((validTo.getTime() - Date.now()) / day),
  }
}

/** `DNS:localhost, IP Address:127.0.0.1`; null where there are none, so that the common name counts. */
function alternativeNames(text: string | undefined): readonly string[] | null {
  const names = (text ?? '').split(', ').flatMap(part => /^(?:DNS|IP Address):(.+)$/.exec(part)?.[1] ?? [])
  return names.length === 0 ? null : names
}

/** Values of a name's parts, which stand one a line: `O=Let's Encrypt`. */
function nameIn(name: string, ...parts: readonly string[]): readonly string[] {
  const lines = name.split('\n').map(line => line.split('='))
  return parts.flatMap(part => lines.filter(([key]) => key === part).map(([, ...value]) => value.join('=')))
}
