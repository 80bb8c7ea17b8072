import type { ServerCertificate } from './server-certificate.ts'

/** What is known of the server after the first connection. */
export interface ServerFacts {
  /** server_version_num, such as 180004. */
  readonly versionNumber: number
  /** As the server prints it, such as `18.4`. */
  readonly version: string
  readonly provider: Provider
  readonly tls: boolean
  /** Whether the server itself has ssl on (it may while this connection has none). */
  readonly tlsAvailable: boolean
  readonly inRecovery: boolean
  /** default_transaction_read_only or a read-only connection. */
  readonly readOnly: boolean
  /** A transaction pooler answers instead of the server: session state does not hold. */
  readonly pooled: boolean
  /** Whether the server itself answers, and no pooler of any kind; left out where it was not looked at. */
  readonly answersDirectly?: boolean
  readonly admin: AdminFacts
  readonly network: ServerNetworkFacts
  /** The certificate that this session was shown; null, or left out, where it came without TLS. */
  readonly certificate?: ServerCertificate | null
  /** What of its settings TLS hangs on; left out where they were not read. */
  readonly tlsSettings?: TlsSettings
  readonly maxLocks: number
}

/** Settings about TLS. */
export interface TlsSettings {
  /** null where this administrator may not see it. */
  readonly dataDirectory: string | null
  /** ssl_cert_file and ssl_key_file: as they are set, relative to the data directory. */
  readonly certificateFile: string
  readonly keyFile: string
  /** Whether the server was built with a library for it. */
  readonly built: boolean
  /** A managed service's own setting that refuses connections without TLS; null where it has none to be seen. */
  readonly forced: boolean | null
}

export type Provider =
  | 'self-run'
  | 'rds'
  | 'aurora'
  | 'cloud-sql'
  | 'alloydb'
  | 'azure'
  | 'supabase'
  | 'neon'
  | 'crunchy-bridge'
  | 'digitalocean'
  | 'aiven'
  | 'heroku'

/** What this administrator may do. */
export interface AdminFacts {
  readonly name: string
  readonly superuser: boolean
  readonly createRole: boolean
  /** Roles whose privileges it has (pg_has_role USAGE), itself included. */
  readonly actsAs: readonly string[]
}

/** Settings that decide who can come in; null where this administrator may not read them. */
export interface ServerNetworkFacts {
  readonly listenAddresses: string | null
  readonly port: number
  readonly hbaFile: string | null
  readonly configFile: string | null
  /** Where the server sees this connection come from; null over a socket. */
  readonly clientAddress: string | null
  /** The server's own address that this connection came to; null over a socket. */
  readonly serverAddress?: string | null
  readonly socketDirectories: string | null
}

/** A role that exists, as the question about names shows it. */
export interface ExistingRole {
  readonly name: string
  readonly canLogin: boolean
  /** SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS: the ones it has. */
  readonly elevated: readonly string[]
  readonly connectionLimit: number
  /** As valid-until.ts reads it; null without an end. PostgreSQL keeps no date of the password itself. */
  readonly validUntil: string | null
  readonly memberOf: readonly string[]
  /** Whether it was made with INHERIT, so that a membership gives it privileges by itself. */
  readonly inherits: boolean
  /** The roles of `memberOf` whose privileges it has by itself, without SET ROLE. */
  readonly inheritsFrom: readonly string[]
  readonly members: readonly string[]
  /**
   * The roles of `memberOf` and those of which it is a member without having anything of it: the server lets no
   * membership close a circle over them either. As `memberOf` where it is left out.
   */
  readonly tiedTo?: readonly string[]
  /**
   * Roles of which this administrator made it a member without giving it anything (INHERIT FALSE, SET FALSE): a
   * plain GRANT would leave that so. None where it is left out.
   */
  readonly idleIn?: readonly string[]
  /** `name=value` of ALTER ROLE SET in all databases. */
  readonly settings: readonly string[]
  /** Objects that it owns, in all databases (pg_shdepend). */
  readonly owns: number
  /** Sessions open now. */
  readonly sessions: number
  readonly comment: string | null
  /** Whether this administrator may change it: its password, its end, its settings. */
  readonly alterable: boolean
  /** Whether this administrator may make others a member of it. */
  readonly givable: boolean
}
