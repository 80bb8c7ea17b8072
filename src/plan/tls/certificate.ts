import type { Connector } from '../../connectors/connector.ts'
import { printable } from '../../model/identifier.ts'
import { isCertificateFor, type ServerCertificate } from '../../model/server-certificate.ts'
import { someOf } from '../plan-input.ts'

/** From how many days on an end that comes is said. */
const soon = 30

/**
 * Whether a tool that checks the server's certificate would take it, and whether this one checks.
 * @param certificate as it was seen from here; null where it was not
 * @param host where the tool reaches the server
 */
export function certificateText(
  certificate: ServerCertificate | null,
  host: string,
  connector: Pick<Connector, 'name' | 'checksCertificate'>,
): string {
  return `${seen(certificate, host)} ${checks[connector.checksCertificate](connector.name)}`
}

const checks: Readonly<Record<Connector['checksCertificate'], (tool: string) => string>> = {
  yes: tool => `${tool} checks it.`,
  no: tool => `${tool} does not check it: the connection is encrypted, but not verified.`,
  'not-said': tool => `Whether ${tool} checks it, its page does not say.`,
}

function seen(certificate: ServerCertificate | null, host: string): string {
  if (certificate === null)
    return `Verified: not to be said from here, since this session came without TLS and has seen no certificate.`
  const { names, authority, selfSigned, publiclyTrusted, validTo, daysLeft } = certificate
  const faults = [
    ...(daysLeft < 0 ? [`it ended on ${validTo.slice(0, 10)}`] : []),
    ...(isCertificateFor(names, host)
      ? []
      : [`it is for ${names.length === 0 ? 'no name' : someOf(names.map(printable), 3)}, not for ${host}`]),
  ]
  const end =
    daysLeft >= 0 && daysLeft < soon ? ` It ends in ${daysLeft} days, on ${validTo.slice(0, 10)}.` : ''
  if (faults.length > 0)
    return `Verified: no, a tool that checks the server's certificate refuses it: ${faults.join('; ')}.`
  if (selfSigned)
    return `Verified: only by a tool that is given the server's certificate, since nobody but itself has signed it.${end}`
  if (publiclyTrusted !== true)
    return `Verified: only by a tool that is given the certificate of ${printable(authority)}, which signed the server's and is not known to be a public authority.${end}`
  return `Verified: yes, the certificate is for ${host} and from ${printable(authority)}, which everybody trusts.${end}`
}
