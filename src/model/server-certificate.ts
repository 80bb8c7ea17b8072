/** The certificate that the server showed when this session began. */
export interface ServerCertificate {
  /** Host names and addresses that it is for; a name may begin with `*.`. */
  readonly names: readonly string[]
  /** Who signed it, by name. */
  readonly authority: string
  readonly selfSigned: boolean
  /** Whether its authority is one that everybody trusts; null where it was checked against another. */
  readonly publiclyTrusted: boolean | null
  /** The day on which it ends (ISO 8601). */
  readonly validTo: string
  /** How many days that was away when it was seen; negative once it is over. */
  readonly daysLeft: number
}

/** Whether a certificate with these names is for that host: `*` stands for one whole label, the first (RFC 9525, 6.3). */
export function isCertificateFor(names: readonly string[], host: string): boolean {
  const wanted = withoutDot(host)
  return names.map(withoutDot).some(name => {
    if (!name.startsWith('*.')) return name === wanted
    const dot = wanted.indexOf('.')
    return dot > 0 && wanted.slice(dot) === name.slice(1)
  })
}

function withoutDot(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
