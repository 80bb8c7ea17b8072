import type { AclPrivilege } from './acl.ts'
import { assumableFor, type Grantable, holdersOf } from './assumable.ts'
import type { Assumable } from './catalogue.ts'

/** What an administrator may do in one database, by itself and as a role that it may become. */
export interface AdminPrivileges {
  readonly name: string
  readonly superuser: boolean
  /** The roles whose privileges it has by itself (pg_has_role USAGE), itself included; none for a superuser. */
  readonly actsAs: readonly string[]
  readonly assumable: readonly Assumable[]
}

/**
 * Whether this administrator may grant these privileges on a relation: as has_table_privilege says for WITH
 * GRANT OPTION, and as a role that it may become. Whoever does it has to have USAGE on the schema as well:
 * names are looked up before privileges.
 * @param enteredBy of this administrator and the roles that it may become, those with USAGE on the schema
 */
export function mayGrant(
  relation: Grantable,
  privileges: readonly AclPrivilege[],
  { name, superuser, actsAs, assumable }: AdminPrivileges,
  enteredBy: readonly string[],
): boolean {
  if (superuser) return true
  const isOurs = (role: string) => actsAs.includes(role)
  // An owner has the grant options whatever the list says (manual, 5.8).
  const byItself =
    isOurs(relation.owner) || privileges.every(each => holdersOf(relation, [each]).some(isOurs))
  if (byItself && enteredBy.includes(name)) return true
  const others = assumable.filter(each => enteredBy.includes(each.role))
  // pg_database_owner owns no relation (manual, 21.5), so it does not matter whose the database is.
  return assumableFor(relation, privileges, { assumable: others, databaseOwner: '' }) !== null
}
