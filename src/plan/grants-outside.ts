import { type AclItem, type AclPrivilege, aclItems } from '../model/acl.ts'
import { granteeOf } from '../model/answers.ts'
import type { CatalogueSchema, Relation } from '../model/catalogue.ts'
import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import { relationAt, rowsWhereAccess } from '../model/relation-columns.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import { type ChosenDatabase, chosenTier, type PlanInput } from './plan-input.ts'

/**
 * What the grantee holds in a database by grants of its own beyond the choice, and keeps, in words: of what was
 * read, so of the schemas that the answers or earlier grants name.
 * @param changes what this plan takes away
 */
export function* grantsOutside(
  input: PlanInput,
  { database, schemas }: ChosenDatabase,
  changes: readonly Change[],
): Sliced<readonly string[]> {
  const grantee = granteeOf(input.answers.roles)
  const tier = input.answers.access === 'usage' ? [] : (chosenTier(input)?.privileges ?? [])
  const goes = goingBy(changes)
  const outside: string[] = []
  const tell = (name: string, on: string, items: readonly AclItem[], expected: readonly AclPrivilege[]) => {
    const held = items.filter(item => item.grantee === grantee)
    const beyond = new Set(
      held.flatMap(item =>
        [...item.privileges].filter(
          privilege => !expected.includes(privilege) && !goes(name, item.grantor, privilege),
        ),
      ),
    )
    if (beyond.size > 0) outside.push(`${on} (${[...beyond].join(', ')})`)
  }
  for (const schema of database.schemas) {
    const chosen = schemas.find(each => each.schema.name === schema.name)
    tell(
      JSON.stringify([schema.name]),
      `schema ${printableName(schema.name)}`,
      aclItems(schema.acl, { type: 'schema', owner: schema.owner }),
      chosen === undefined ? [] : ['USAGE'],
    )
    const held = yield* heldRelations(schema, grantee)
    if (held.length === 0) continue
    const names = new Set<string>()
    yield* eachOf(chosen?.relations ?? [], ({ name }) => names.add(name))
    yield* eachOf(held, relation =>
      tell(
        JSON.stringify([schema.name, relation.name]),
        `${printableName(schema.name)}.${printableName(relation.name)}`,
        aclItems(relation.acl, { type: 'relation', owner: relation.owner }),
        names.has(relation.name) ? tier : [],
      ),
    )
  }
  return outside
}

/** The relations that a list of their own gives the grantee something on. */
function* heldRelations({ relations }: CatalogueSchema, grantee: string): Sliced<readonly Relation[]> {
  if (relations === null) return []
  const held: Relation[] = []
  const rows = rowsWhereAccess(
    relations,
    ({ acl, owner }) =>
      acl !== null && owner !== grantee && grantsTo(aclItems(acl, { type: 'relation', owner }), grantee),
  )
  yield* eachOf(rows, row => held.push(relationAt(relations, row)))
  return held
}

function grantsTo(items: readonly AclItem[], grantee: string): boolean {
  return items.some(item => item.grantee === grantee)
}

/** Tells whether a change takes just this grant away. */
function goingBy(
  changes: readonly Change[],
): (name: string, grantor: string, privilege: AclPrivilege) => boolean {
  const going = new Set<string>()
  const add = (name: string, grantor: string, privilege: AclPrivilege) =>
    going.add(JSON.stringify([name, grantor, privilege]))
  for (const change of changes) {
    if (change.kind === 'revoke-usage') add(JSON.stringify([change.schema]), change.grantor, 'USAGE')
    if (change.kind !== 'revoke-relations') continue
    for (const relation of change.relations)
      for (const privilege of change.privileges)
        add(JSON.stringify([change.schema, relation]), change.grantor, privilege)
  }
  return (name, grantor, privilege) => going.has(JSON.stringify([name, grantor, privilege]))
}
