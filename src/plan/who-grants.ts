import type { AclPrivilege } from '../model/acl.ts'
import { assumableFor, type Grantable, holdersOf, realOwner } from '../model/assumable.ts'
import type { Assumable, CatalogueDatabase } from '../model/catalogue.ts'
import type { ActAs } from '../model/change.ts'
import type { PlanInput } from './plan-input.ts'

/**
 * How this administrator comes to grant on something: with its own privileges, as a role that it may become, or
 * not at all, so that the owner has to.
 */
export type GrantVia = { readonly by: 'self' } | ActAs | { readonly by: 'nobody'; readonly owner: string }

/** An object of a database as the catalogue has it. */
export interface CatalogueObject extends Grantable {
  readonly grantable: boolean
}

const self: GrantVia = { by: 'self' }

/**
 * Who grants all of these privileges on an object: whoever has the owner's privileges or the grant options does
 * it by itself; a role is become only where nothing less would do.
 */
export function whoGrants(
  input: PlanInput,
  database: CatalogueDatabase,
  object: CatalogueObject,
  privileges: readonly AclPrivilege[],
): GrantVia {
  const { actsAs } = input.server.admin
  if (actsAsOwner(input, database, object.owner)) return self
  if (holdersOf(object, privileges).some(role => actsAs.includes(role))) return self
  const assumed = assumableFor(object, privileges, assumingIn(database))
  if (assumed !== null) return assumed
  // The server said so of the one privilege that it was asked about.
  if (object.grantable && privileges.every(privilege => privilege === askedOf[object.type])) return self
  return { by: 'nobody', owner: realOwner(object.owner, database.owner) }
}

/** What the catalogue's `grantable` is about. */
const askedOf = { relation: 'SELECT', schema: 'USAGE', database: 'CONNECT' } as const

/** Who can take away the grant that `grantor` made, as the server has it: only the grantor's own hand. */
export function whoRevokes(
  input: PlanInput,
  database: CatalogueDatabase,
  owner: string,
  grantor: string,
): GrantVia {
  const { superuser, actsAs, name } = input.server.admin
  if (grantor === owner) {
    if (actsAsOwner(input, database, owner)) return self
    return assumableRole(database, realOwner(owner, database.owner)) ?? { by: 'nobody', owner }
  }
  // Whoever has the owner's privileges revokes as the owner, so the grantor has to be become.
  if (superuser) return { by: 'set-role', role: grantor }
  const assumed = assumableRole(database, grantor)
  if (assumed !== null) return assumed
  const asItself = !actsAsOwner(input, database, owner) && (grantor === name || actsAs.includes(grantor))
  return asItself ? self : { by: 'nobody', owner: grantor }
}

/** Who sets the default privileges of a role, which only it and its members may. */
export function whoSetsDefaults(
  input: PlanInput,
  database: CatalogueDatabase,
  creator: { readonly role: string; readonly alterable: boolean },
): GrantVia {
  if (actsAsOwner(input, database, creator.role)) return self
  const assumed = assumableRole(database, creator.role)
  if (assumed !== null) return assumed
  return creator.alterable ? self : { by: 'nobody', owner: creator.role }
}

/** What a change says of it. */
export function actAsOf(via: GrantVia): { readonly actAs?: ActAs } {
  return via.by === 'set-role' || via.by === 'grant-self' ? { actAs: { role: via.role, by: via.by } } : {}
}

function actsAsOwner({ server }: PlanInput, database: CatalogueDatabase, owner: string): boolean {
  const { superuser, actsAs } = server.admin
  return superuser || actsAs.includes(owner) || actsAs.includes(realOwner(owner, database.owner))
}

function assumableRole(database: CatalogueDatabase, role: string): Assumable | null {
  return database.assumable?.find(each => each.role === role) ?? null
}

function assumingIn({ assumable = [], owner }: CatalogueDatabase) {
  return { assumable, databaseOwner: owner }
}
