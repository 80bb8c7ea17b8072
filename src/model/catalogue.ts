import type { PersonalDataMark } from './personal-data.ts'
import type { RelationColumns } from './relation-columns.ts'

/** What the live server holds, as far as this administrator can see and as far as it was loaded. */
export interface Catalogue {
  readonly databases: readonly CatalogueDatabase[]
}

export interface CatalogueDatabase {
  readonly name: string
  readonly owner: string
  /** datacl as PostgreSQL prints it, such as `{=Tc/postgres,postgres=CTc/postgres}`; null is the default. */
  readonly acl: string | null
  /** Whether this administrator may grant CONNECT here, as itself or as a role that it may become. */
  readonly grantable: boolean
  /** Why its schemas could not be read, where they could not. */
  readonly unreadable: string | null
  /** Its schemas are still being read, in a session of its own. */
  readonly unread?: true
  readonly schemas: readonly CatalogueSchema[]
  /** pg_default_acl rows for relations (defaclobjtype `r`). */
  readonly defaultPrivileges: readonly DefaultPrivileges[]
  /** The roles that this administrator may become; for a superuser, who may become any, none are listed. */
  readonly assumable?: readonly Assumable[]
}

/**
 * A role that this administrator may become: its membership allows SET ROLE, or it has ADMIN OPTION and may make
 * itself a member for a moment (from 16 on).
 */
export interface Assumable {
  readonly role: string
  readonly by: 'set-role' | 'grant-self'
}

export interface DefaultPrivileges {
  readonly owner: string
  /** null: for all schemas of the database. */
  readonly schema: string | null
  readonly acl: string
}

export interface CatalogueSchema {
  readonly name: string
  readonly owner: string
  readonly acl: string | null
  readonly comment: string | null
  /** Whether this administrator may grant USAGE here, as itself or as a role that it may become. */
  readonly grantable: boolean
  /** Counted by the server, also before the relations are loaded. */
  readonly relationCount: number
  /** Sum of relpages * block size: an estimate of the last VACUUM or ANALYZE. */
  readonly bytes: number
  /** null until loaded. */
  readonly relations: RelationColumns | null
  /**
   * Of this administrator and the roles that it may become, those with USAGE here: without it they can grant on
   * nothing in the schema, be it their own. All of them where it is left out.
   */
  readonly enteredBy?: readonly string[]
  /** Roles that own relations here or may create them, for "and tables made later". */
  readonly creators: readonly Creator[]
}

export interface Creator {
  readonly role: string
  /** Whether this administrator may set default privileges for it: as a superuser, a member, or as the role. */
  readonly alterable: boolean
  /** Relations of this schema that it owns. */
  readonly owns: number
}

/** Every kind of relation that a data tool can be granted (pg_class.relkind r, p, v, m, f). */
export const relationKinds = [
  'table',
  'partitioned-table',
  'view',
  'materialized-view',
  'foreign-table',
] as const
export type RelationKind = (typeof relationKinds)[number]

export interface Relation {
  readonly oid: number
  readonly name: string
  readonly kind: RelationKind
  readonly owner: string
  /** relacl as text; null is the default (the owner alone). */
  readonly acl: string | null
  /** pg_class.reltuples, null where never analysed. */
  readonly rows: number | null
  /** relpages * block size. */
  readonly bytes: number
  readonly comment: string | null
  /** Whether this administrator may grant SELECT on it, as itself or as a role that it may become. */
  readonly grantable: boolean
  /** A partition of another table: read through its parent, a grant on the parent does not reach it directly. */
  readonly partition: boolean
  readonly rowSecurity: boolean
  /** false for a materialized view never refreshed. */
  readonly populated: boolean
  /** Columns that look like personal data, by the rules of personal-data.ts. */
  readonly personalData: readonly PersonalDataMark[]
}
