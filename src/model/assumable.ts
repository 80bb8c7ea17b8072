import { type AclObject, type AclPrivilege, aclItems } from './acl.ts'
import type { Assumable } from './catalogue.ts'

/** What somebody may be asked to grant on. */
export interface Grantable {
  readonly type: AclObject
  readonly owner: string
  readonly acl: string | null
}

/** What it takes to say who may become whom: the roles, and who owns the database at hand. */
export interface Assuming {
  readonly assumable: readonly Assumable[]
  readonly databaseOwner: string
}

/** In place of pg_database_owner, whose one member is the owner of the database (manual, 21.5), stands that owner. */
export function realOwner(owner: string, databaseOwner: string): string {
  return owner === 'pg_database_owner' ? databaseOwner : owner
}

/**
 * The role to become for granting all of these privileges: the owner, else one that holds the grant options;
 * null where this administrator may become neither.
 */
export function assumableFor(
  object: Grantable,
  privileges: readonly AclPrivilege[],
  { assumable, databaseOwner }: Assuming,
): Assumable | null {
  if (assumable.length === 0) return null
  const owner = realOwner(object.owner, databaseOwner)
  const owners = assumable.find(each => each.role === owner)
  if (owners !== undefined) return owners
  const holders = holdersOf(object, privileges)
  const able = assumable.filter(each => holders.includes(each.role))
  return able.find(each => each.by === 'set-role') ?? able[0] ?? null
}

/** The roles that hold the grant options for all of these privileges, each by itself. */
export function holdersOf(object: Grantable, privileges: readonly AclPrivilege[]): readonly string[] {
  const held = new Map<string, Set<AclPrivilege>>()
  for (const { grantee, grantable } of aclItems(object.acl, object)) {
    if (grantee === null || grantable.size === 0) continue
    const all = held.get(grantee) ?? new Set()
    for (const privilege of grantable) all.add(privilege)
    held.set(grantee, all)
  }
  return [...held]
    .filter(([, options]) => privileges.every(privilege => options.has(privilege)))
    .map(([role]) => role)
}
