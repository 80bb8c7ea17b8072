import type { AwsAnswers } from './aws/answers.ts'

/**
 * The answers: everything that a person decides, as one plain document. The wizard fills it in, files and
 * flags are other ways to do so; a plan is a function of it and the live catalogue. It never holds a secret.
 * The zod schema that checks a document from outside is in answers-schema.ts.
 */
export interface Answers {
  readonly $schema?: string | undefined
  readonly version: 1
  /** A connector's id: `atlan`, `atlassian-analytics`. */
  readonly tool: string
  readonly server: ServerAnswer
  /** Where the tool will find the server: a name that its own network can reach. */
  readonly endpoint: Endpoint
  readonly authentication: Authentication
  readonly roles: RoleLayout
  /** Said only after a typed confirmation: an existing login's password may be replaced. */
  readonly replacePassword: boolean
  /**
   * Said only after a typed confirmation, where the server refuses the verifier: the password itself may be sent,
   * over TLS or from the same machine.
   */
  readonly sendPlainPassword?: boolean | undefined
  readonly limits: LoginLimits
  readonly access: AccessTier
  readonly databases: readonly DatabaseAnswer[]
  readonly network: NetworkAnswer
  readonly secret: SecretAnswer
}

/** How the administrator reaches the server. */
export interface ServerAnswer {
  /** A host name, an address, or the folder of a Unix socket (begins with `/`). */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly tls: TlsMode
  /** A file with the certificate authority, for verify-ca and verify-full. */
  readonly caFile?: string | undefined
}

/** As libpq's sslmode (PostgreSQL manual, 32.19.1), without `allow`. */
export type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

export interface Endpoint {
  readonly host: string
  readonly port: number
}

export type Authentication =
  | { readonly method: 'password' }
  | { readonly method: 'aws-iam'; readonly aws: AwsAnswers }
export type AuthenticationMethod = Authentication['method']

/** Privileges on a group role that the login is a member of, or on the login itself. */
export type RoleLayout =
  | { readonly layout: 'group-and-login'; readonly group: string; readonly login: string }
  | { readonly layout: 'login'; readonly login: string }

export interface LoginLimits {
  /** CONNECTION LIMIT; null is no limit. */
  readonly connectionLimit: number | null
  /** VALID UNTIL as an ISO 8601 instant; null is no end. */
  readonly validUntil: string | null
  /** statement_timeout in whole seconds; null is none. */
  readonly statementTimeout: number | null
  /** default_transaction_read_only for the login. */
  readonly readOnly: boolean
}

/**
 * read: rows, with USAGE and SELECT (and REFERENCES where the tool wants it). metadata: names, columns and
 * constraints without rows, with USAGE and REFERENCES. usage: USAGE alone, as Atlan's page has it.
 */
export type AccessTier = 'read' | 'metadata' | 'usage'

export interface DatabaseAnswer {
  readonly name: string
  readonly schemas: readonly SchemaAnswer[]
}

export interface SchemaAnswer {
  readonly name: string
  /** Names of relations, without the schema: besides those that the rule chooses. */
  readonly relations: readonly string[]
  /** Chooses relations by their names, each time that a plan is made; without it the names above are all. */
  readonly rule?: RelationRule | undefined
  /** Roles whose later tables in this schema the tool shall see too (ALTER DEFAULT PRIVILEGES FOR ROLE). */
  readonly laterTablesOf: readonly string[]
}

/**
 * All relations of a schema whose name fits one of the first patterns and none of the second, and that this
 * administrator may grant on. `*` is any characters, `?` is one, a backslash takes the meaning of the next away.
 */
export interface RelationRule {
  readonly include: readonly string[]
  readonly except: readonly string[]
  /** Capital letters are as good as small ones. */
  readonly ignoreCase?: true | undefined
}

/** Where the tool comes from; `not-known-yet` leads to the vendor's support ticket. */
export type NetworkAnswer =
  | { readonly from: 'not-known-yet' }
  | {
      readonly from: 'vendor' | 'typed'
      readonly cidrs: readonly string[]
      /** Agrees to a network of all addresses (0.0.0.0/0, ::/0), which is refused without it. */
      readonly everybody?: true | undefined
      /** What is done with the lines for pg_hba.conf; printed when left out. */
      readonly apply?: HbaApply | undefined
      /** What listen_addresses is set to by ALTER SYSTEM: `*`, or addresses with commas; left alone when left out. */
      readonly listen?: string | undefined
    }

/** print: for a person to put there. write: into the file. include: into a file of their own, which it includes (16). */
export type HbaApply = 'print' | 'write' | 'include'

/** Where the password goes; never the password. */
export type SecretAnswer =
  | { readonly store: 'keychain' }
  /** The standard Unix password manager: files that gpg encrypts. */
  | { readonly store: 'pass' }
  | {
      readonly store: 'passfile'
      readonly path: string
      /** A name for pg_service.conf, so that `psql service=NAME` works; none is written when left out. */
      readonly service?: string | undefined
    }
  | {
      readonly store: 'age'
      /** One file a secret. */
      readonly folder: string
      /** `age1…`; with a passphrase, which is asked for, when left out. */
      readonly recipient?: string | undefined
      /** A file with the recipient's private key, to read with; without it only its owner can. */
      readonly identity?: string | undefined
    }
  /** The credentials file that the tools of AWS read: for the access key of a user of IAM alone. */
  | { readonly store: 'aws-credentials' }
  | { readonly store: 'show-once' }
export type SecretStoreKind = SecretAnswer['store']

/** The role that holds the privileges. */
export function granteeOf(roles: RoleLayout): string {
  return roles.layout === 'group-and-login' ? roles.group : roles.login
}
