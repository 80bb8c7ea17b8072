import type { AclPrivilege } from '../model/acl.ts'
import { assumableFor, type Grantable, holdersOf, realOwner } from '../model/assumable.ts'
import type { Assumable, CatalogueDatabase, CatalogueSchema, Relation } from '../model/catalogue.ts'
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
  /** Of a relation: who may enter its schema, as the catalogue has it. */
  readonly enteredBy?: readonly string[] | undefined
}

const self: GrantVia = { by: 'self' }

/**
 * Who grants all of these privileges on an object: whoever has the owner's privileges or the grant options does
 * it by itself; a role is become only where nothing less would do. Whoever it is has to have USAGE on the schema
 * of a relation too: names are looked up before privileges.
 */
export function whoGrants(
  input: PlanInput,
  database: CatalogueDatabase,
  object: CatalogueObject,
  privileges: readonly AclPrivilege[],
): GrantVia {
  const { actsAs, name } = input.server.admin
  const enters = (role: string) => object.enteredBy?.includes(role) !== false
  if (enters(name)) {
    if (actsAsOwner(input, database, object.owner)) return self
    if (holdersOf(object, privileges).some(role => actsAs.includes(role))) return self
  }
  const { assumable, databaseOwner } = assumingIn(database)
  const assumed = assumableFor(object, privileges, {
    assumable: assumable.filter(each => enters(each.role)),
    databaseOwner,
  })
  if (assumed !== null) return assumed
  // The server said so of the one privilege that it was asked about.
  if (enters(name) && object.grantable && privileges.every(privilege => privilege === askedOf[object.type])) {
    return self
  }
  return { by: 'nobody', owner: realOwner(object.owner, database.owner) }
}

/** A relation as it is asked about: with who may enter its schema. */
export function relationIn(
  { enteredBy }: CatalogueSchema,
  relation: Pick<Relation, 'owner' | 'acl' | 'grantable'>,
): CatalogueObject {
  const { owner, acl, grantable } = relation
  return { type: 'relation', owner, acl, grantable, enteredBy }
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
