/**
 * A change is a value: it can be shown, rehearsed, applied, checked and undone. What it is in SQL is said in
 * plan/statements.ts, in one place for the screen, the rehearsal, the apply and the saved file.
 */
export type Change = {
  readonly why: string
  /** The role that it is run as, where the administrator's own privileges do not do. */
  readonly actAs?: ActAs
} & (
  | { readonly kind: 'create-role'; readonly role: string; readonly connectionLimit: number | null }
  | {
      readonly kind: 'set-connection-limit'
      readonly role: string
      readonly limit: number
      readonly before: number
    }
  | {
      readonly kind: 'comment-role'
      readonly role: string
      readonly comment: string
      readonly before: string | null
    }
  | { readonly kind: 'grant-membership'; readonly group: string; readonly member: string }
  | {
      readonly kind: 'set-role-parameter'
      readonly role: string
      readonly parameter: RoleParameter
      readonly value: string
      /** What ALTER ROLE SET had before; null where nothing was set. */
      readonly before: string | null
    }
  | {
      readonly kind: 'reset-role-parameter'
      readonly role: string
      readonly parameter: RoleParameter
      readonly before: string
    }
  | {
      readonly kind: 'grant-connect'
      readonly database: string
      readonly grantee: string
    }
  | {
      readonly kind: 'grant-usage'
      readonly schema: string
      readonly grantee: string
    }
  | {
      readonly kind: 'grant-relations'
      readonly schema: string
      readonly relations: readonly string[]
      readonly privileges: readonly TablePrivilege[]
      readonly grantee: string
    }
  | {
      readonly kind: 'grant-default-privileges'
      readonly owner: string
      readonly schema: string
      readonly privileges: readonly TablePrivilege[]
      readonly grantee: string
    }
  /** What an earlier run granted is taken away: the grant of this grantor alone. */
  | {
      readonly kind: 'revoke-connect'
      readonly database: string
      readonly grantee: string
      readonly grantor: string
    }
  | {
      readonly kind: 'revoke-usage'
      readonly schema: string
      readonly grantee: string
      readonly grantor: string
    }
  | {
      readonly kind: 'revoke-relations'
      readonly schema: string
      readonly relations: readonly string[]
      readonly privileges: readonly TablePrivilege[]
      readonly grantee: string
      readonly grantor: string
    }
  | {
      readonly kind: 'revoke-default-privileges'
      readonly owner: string
      readonly schema: string
      readonly privileges: readonly TablePrivilege[]
      readonly grantee: string
    }
  /** The verifier is given when it runs and never stands in a plan. It dies by itself unless proved. */
  | {
      readonly kind: 'open-login'
      readonly role: string
      readonly minutes: number
      readonly existed: boolean
      /** The VALID UNTIL that an existing login had (null: none). */
      readonly before?: string | null
      /** false where an existing login could not log in before. */
      readonly couldLogIn?: false
      /** The server takes no verifier, and the person has agreed: the password itself is sent. */
      readonly plain?: true
    }
  /** The login comes in by tokens of AWS IAM, as a member of rds_iam; it has no password. */
  | { readonly kind: 'open-iam-login'; readonly role: string }
  /**
   * A login that its maker does not administer, able to log in from the start: from 16 on who makes a role becomes a
   * member of it, and so of rds_iam.
   */
  | {
      readonly kind: 'create-unadministered-login'
      readonly role: string
      readonly connectionLimit: number | null
      readonly comment: string
      readonly parameters: readonly RoleSetting[]
    }
  | {
      readonly kind: 'set-valid-until'
      readonly role: string
      readonly validUntil: string | null
      /** The VALID UNTIL that an existing login had (null: none). */
      readonly before?: string | null
    }
)

/** How an administrator runs something as another role. */
export interface ActAs {
  readonly role: string
  /** Its membership allows SET ROLE; or it gives itself one for as long as the change runs (from 16 on). */
  readonly by: 'set-role' | 'grant-self'
}

/** One setting of ALTER ROLE SET. */
export interface RoleSetting {
  readonly parameter: RoleParameter
  readonly value: string
}

export type ChangeKind = Change['kind']
export type TablePrivilege = 'SELECT' | 'REFERENCES'
export type RoleParameter = 'statement_timeout' | 'default_transaction_read_only'
