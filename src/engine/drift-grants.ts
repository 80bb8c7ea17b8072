import { granteeOf } from '../model/answers.ts'
import { counted } from '../model/counted.ts'
import { printableName, quoteIdentifier } from '../model/identifier.ts'
import { type ChosenDatabase, chosenTier, type PlanInput, someOf } from '../plan/plan-input.ts'
import { relationsPerGrant } from '../plan/statements.ts'
import { chunks } from './chunks.ts'
import type { Drift } from './drift.ts'
import type { HeldGrant, HeldOn } from './held-grants.ts'

/** Objects told by name in one entry; every one has its statement all the same. */
const named = 8

/**
 * What our roles hold by name, apart into what the answers say and what not: granted by hand, or left from
 * before. Tables made later by a role of `laterTablesOf` are meant; they are told by their oid, above `madeAfter`.
 */
export function apart(
  input: PlanInput,
  chosen: ChosenDatabase,
  held: readonly HeldGrant[],
  madeAfter: number,
): { readonly meant: readonly HeldGrant[]; readonly unmeant: readonly HeldGrant[] } {
  const meant = held.filter(grant => isMeant(input, chosen, grant, madeAfter))
  const known = new Set(meant)
  return { meant, unmeant: held.filter(grant => !known.has(grant)) }
}

/** What the answers do not say, and what our roles may hand on, each with the REVOKE that mends it. */
export function addedGrants(
  database: string,
  { meant, unmeant }: ReturnType<typeof apart>,
): readonly Drift[] {
  const drift: Drift[] = []
  for (const group of together(unmeant)) {
    const [first] = group
    if (first === undefined) continue
    const role = printableName(first.role)
    const what = `${privilegesOf(group)} on ${things(group)}`
    drift.push(
      first.on === 'default'
        ? {
            code: 'default-privileges-added',
            level: 'drift',
            database,
            text: `${role} gets ${privilegesOf(group)} on later ${laterObjects(first)} of ${printableName(first.name)}${first.schema === null ? '' : ` in ${printableName(first.schema)}`} (default privileges), which was not chosen.`,
            mend: revokes(group),
          }
        : {
            code: 'grant-added',
            level: 'drift',
            database,
            text: `${role} holds ${what}, granted by ${printableName(first.grantor)}, which was not chosen.`,
            mend: revokes(group),
          },
    )
  }
  for (const group of together(meant.filter(grant => grant.grantable && grant.on !== 'default'))) {
    const [first] = group
    if (first === undefined) continue
    drift.push({
      code: 'grant-option-added',
      level: 'drift',
      database,
      text: `${printableName(first.role)} may grant ${privilegesOf(group)} on ${things(group)} to others.`,
      mend: revokes(group, 'GRANT OPTION FOR '),
    })
  }
  return drift
}

/** What our roles hold in the whole server beyond CONNECT on the chosen databases. */
export function addedInServer(input: PlanInput, held: readonly HeldGrant[]): readonly Drift[] {
  const grantee = granteeOf(input.answers.roles)
  const chosen = new Set(input.answers.databases.map(database => database.name))
  return held.flatMap((grant): Drift[] => {
    const meant =
      grant.on === 'database' &&
      grant.role === grantee &&
      grant.privilege === 'CONNECT' &&
      chosen.has(grant.name)
    if (meant && !grant.grantable) return []
    const text = meant
      ? `${printableName(grant.role)} may grant CONNECT on database ${printableName(grant.name)} to others.`
      : `${printableName(grant.role)} holds ${grant.privilege} on ${nouns[grant.on]} ${printableName(grant.name)}, granted by ${printableName(grant.grantor)}, which was not chosen.`
    return [
      {
        code: meant ? 'grant-option-added' : 'grant-added',
        level: 'drift',
        database: null,
        text,
        mend: revokes([grant], meant ? 'GRANT OPTION FOR ' : ''),
      },
    ]
  })
}

function isMeant(
  input: PlanInput,
  { schemas }: ChosenDatabase,
  grant: HeldGrant,
  madeAfter: number,
): boolean {
  if (grant.role !== granteeOf(input.answers.roles)) return false
  const privileges: readonly string[] = chosenTier(input)?.privileges ?? []
  const schema = schemas.find(
    each => each.schema.name === (grant.on === 'schema' ? grant.name : grant.schema),
  )
  if (schema === undefined) return false
  switch (grant.on) {
    case 'schema':
      return grant.privilege === 'USAGE'
    case 'relation':
      if (!privileges.includes(grant.privilege)) return false
      return (
        schema.relations.some(relation => relation.name === grant.name) ||
        (grant.oid > madeAfter && schema.laterTablesOf.includes(grant.owner))
      )
    case 'default':
      return (
        grant.laterKind === 'r' &&
        privileges.includes(grant.privilege) &&
        schema.laterTablesOf.includes(grant.name)
      )
    default:
      return false
  }
}

/** Grants of one kind, to one role by one grantor, of the same privilege: one entry for a person. */
function together(grants: readonly HeldGrant[]): readonly (readonly HeldGrant[])[] {
  const groups = new Map<string, HeldGrant[]>()
  for (const grant of grants) {
    const key = JSON.stringify([
      grant.role,
      grant.on,
      grant.schema,
      grant.on === 'default' ? [grant.name, grant.laterKind] : null,
      grant.grantor,
      grant.grantor === grant.owner,
    ])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [grant])
    else group.push(grant)
  }
  return [...groups.values()]
}

function privilegesOf(group: readonly HeldGrant[]): string {
  return [...new Set(group.map(grant => grant.privilege))].join(', ')
}

function things(group: readonly HeldGrant[]): string {
  const names = [...new Set(group.map(labelOf))]
  const [first] = group
  const noun = first === undefined ? '' : nouns[first.on]
  return names.length === 1
    ? `${noun} ${names[0]}`
    : `${counted(names.length, noun)}: ${someOf(names, named)}`
}

function labelOf({ on, schema, name, column, object }: HeldGrant): string {
  if (on === 'routine' || on === 'type') return printableName(object)
  return [schema, name, column]
    .filter(part => part !== null)
    .map(printableName)
    .join('.')
}

const nouns: Readonly<Record<HeldOn, string>> = {
  database: 'database',
  tablespace: 'tablespace',
  parameter: 'parameter',
  schema: 'schema',
  relation: 'relation',
  column: 'column',
  sequence: 'sequence',
  routine: 'function',
  type: 'type',
  language: 'language',
  'foreign-server': 'foreign server',
  'foreign-data-wrapper': 'foreign-data wrapper',
  'large-object': 'large object',
  default: 'later object',
}

const keywords: Readonly<Record<Exclude<HeldOn, 'default'>, string>> = {
  database: 'DATABASE',
  tablespace: 'TABLESPACE',
  parameter: 'PARAMETER',
  schema: 'SCHEMA',
  relation: 'TABLE',
  column: 'TABLE',
  sequence: 'SEQUENCE',
  routine: 'ROUTINE',
  type: 'TYPE',
  language: 'LANGUAGE',
  'foreign-server': 'FOREIGN SERVER',
  'foreign-data-wrapper': 'FOREIGN DATA WRAPPER',
  'large-object': 'LARGE OBJECT',
}

/** pg_default_acl.defaclobjtype (manual, 52.19). */
const laterKinds: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'FUNCTIONS',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
}

function laterObjects({ laterKind }: HeldGrant): string {
  return (laterKinds[laterKind ?? 'r'] ?? 'objects').toLowerCase()
}

/**
 * REVOKE takes back only what its own grantor gave, and a superuser's counts as the owner's (manual, REVOKE,
 * Notes): what another has granted is taken back as that role.
 */
function revokes(group: readonly HeldGrant[], only = ''): readonly string[] {
  const [first] = group
  if (first === undefined) return []
  const to = quoteIdentifier(first.role)
  // One statement for all objects that lose the same.
  const lists = Map.groupBy(objectsOf(group), ({ privileges, column }) =>
    privileges
      .map(privilege => (column === null ? privilege : `${privilege} (${quoteIdentifier(column)})`))
      .join(', '),
  )
  const revoked = [...lists].flatMap(([list, objects]) => {
    if (first.on === 'default') {
      const where = first.schema === null ? '' : ` IN SCHEMA ${quoteIdentifier(first.schema)}`
      return [
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${first.object}${where} REVOKE ${only}${list} ON ${laterKinds[first.laterKind ?? 'r'] ?? 'TABLES'} FROM ${to}`,
      ]
    }
    const keyword = keywords[first.on]
    return chunks(objects, relationsPerGrant).map(
      some => `REVOKE ${only}${list} ON ${keyword} ${some.map(({ object }) => object).join(', ')} FROM ${to}`,
    )
  })
  return first.on === 'default' || first.grantor === first.owner
    ? revoked
    : [`SET ROLE ${quoteIdentifier(first.grantor)}`, ...revoked, 'RESET ROLE']
}

interface RevokedObject extends Pick<HeldGrant, 'object' | 'column'> {
  readonly privileges: string[]
}

function objectsOf(group: readonly HeldGrant[]): readonly RevokedObject[] {
  const objects = new Map<string, RevokedObject>()
  for (const { object, column, privilege } of group) {
    const key = JSON.stringify([object, column])
    const known = objects.get(key)
    if (known === undefined) objects.set(key, { object, column, privileges: [privilege] })
    else known.privileges.push(privilege)
  }
  return [...objects.values()]
}
