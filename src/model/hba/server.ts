/** The first word of a line. */
export type HbaType = (typeof hbaTypes)[number]

export const hbaTypes = ['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'] as const

/** What of the server decides how a line is read. */
export interface HbaServer {
  /** server_version_num. */
  readonly versionNumber: number
  /** Whether `ssl` is on. */
  readonly ssl: boolean
  /** Methods that this build has not; gss, ldap, pam are in most of them. */
  readonly missing: ReadonlySet<string>
  /** oauth_validator_libraries (18). */
  readonly oauthValidators?: readonly string[]
}
