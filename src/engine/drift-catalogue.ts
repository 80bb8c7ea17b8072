import { granteeOf, type SchemaAnswer } from '../model/answers.ts'
import type { CatalogueSchema, Relation } from '../model/catalogue.ts'
import { counted } from '../model/counted.ts'
import { printableName, qualifiedName, quoteIdentifier } from '../model/identifier.ts'
import { relationsIn } from '../model/relation-columns.ts'
import { missingPrivileges } from '../plan/database-changes.ts'
import { type ChosenDatabase, chosenTier, type PlanInput, someNames } from '../plan/plan-input.ts'
import { relationsPerGrant } from '../plan/statements.ts'
import { chunks } from './chunks.ts'
import type { Drift } from './drift.ts'
import type { HeldGrant } from './held-grants.ts'

/** What the answers name and the server has no longer: databases, schemas, relations, makers of later tables. */
export function goneFromServer(input: PlanInput): readonly Drift[] {
  return input.answers.databases.flatMap((answer): Drift[] => {
    const database = input.catalogue.databases.find(each => each.name === answer.name)
    if (database === undefined) {
      return [entry('database-gone', answer.name, 'The database is gone. Restore it, or choose again.')]
    }
    // Whoever reads cannot enter it: told with what is not proved.
    if (database.unreadable !== null) return []
    return answer.schemas.flatMap(schema =>
      database.schemas.some(each => each.name === schema.name)
        ? []
        : [
            entry(
              'schema-gone',
              answer.name,
              `The schema ${printableName(schema.name)} is gone. Restore it, or choose again.`,
            ),
          ],
    )
  })
}

/**
 * Chosen relations that are gone. A renamed or moved one keeps its grants: where one unchosen relation holds
 * what was granted, it is named, and put back by the statement.
 * @param unmeant what our roles hold and the answers do not say
 * @returns also the objects (as SQL names them) whose grants this explains
 */
export function goneRelations(
  input: PlanInput,
  { database, schemas }: ChosenDatabase,
  unmeant: readonly HeldGrant[],
): { readonly drift: readonly Drift[]; readonly explained: ReadonlySet<string> } {
  const explained = new Set<string>()
  if (input.answers.access === 'usage') return { drift: [], explained }
  const answers = input.answers.databases.find(each => each.name === database.name)?.schemas ?? []
  const gone = answers.flatMap(answer => goneFrom(answer, schemas))
  const privileges: readonly string[] = chosenTier(input)?.privileges ?? []
  const candidates = [
    ...new Map(
      unmeant
        .filter(({ on, privilege }) => on === 'relation' && privileges.includes(privilege))
        .map(grant => [grant.object, grant]),
    ).values(),
  ]
  const drift = gone.map(({ schema, name }) => {
    const shown = `${printableName(schema)}.${printableName(name)}`
    const inSchema = candidates.filter(each => each.schema === schema)
    const aloneGone = gone.filter(each => each.schema === schema).length === 1
    const renamed = aloneGone && inSchema.length === 1 ? inSchema[0] : undefined
    if (renamed !== undefined) {
      explained.add(renamed.object)
      return entry(
        'relation-gone',
        database.name,
        `${shown} is gone, and ${printableName(schema)}.${printableName(renamed.name)} holds its grants: renamed, it seems. Choose that, or give it its name back.`,
        [`ALTER TABLE ${renamed.object} RENAME TO ${quoteIdentifier(name)}`],
      )
    }
    const moved = candidates.find(each => each.name === name)
    if (moved !== undefined) {
      explained.add(moved.object)
      return entry(
        'relation-gone',
        database.name,
        `${shown} is gone, and ${printableName(moved.schema ?? '')}.${printableName(name)} holds its grants: moved to another schema, it seems. Choose it there, or move it back.`,
        [`ALTER TABLE ${moved.object} SET SCHEMA ${quoteIdentifier(schema)}`],
      )
    }
    return entry('relation-gone', database.name, `${shown} is gone. Restore it, or choose again.`)
  })
  return { drift, explained }
}

/** Tables made since the roles were, and who makes tables now. */
export function sinceMade(
  input: PlanInput,
  { database, schemas }: ChosenDatabase,
  madeAfter: number,
): readonly Drift[] {
  // Where none of our roles is there, nothing was made since.
  if (input.answers.access === 'usage' || madeAfter === 0) return []
  const grantee = granteeOf(input.answers.roles)
  return schemas.flatMap(({ schema, relations, laterTablesOf }): Drift[] => {
    const chosen = new Set(relations.map(relation => relation.name))
    const later = [...relationsIn(schema.relations)].filter(
      relation => relation.oid > madeAfter && !chosen.has(relation.name),
    )
    const seen = later.filter(relation => missingPrivileges(input, relation).length === 0)
    const known = new Set(seen)
    const unseen = later.filter(relation => !known.has(relation))
    // What was there when the last run ended was left out by it; where that is not noted, it cannot be told.
    const ended = input.earlier?.newest?.get(database.name)
    const isOwed = ({ oid, owner }: Relation) =>
      ended !== undefined && oid > ended && laterTablesOf.includes(owner)
    const owed = unseen.filter(isOwed)
    const others = unseen.filter(relation => !isOwed(relation))
    return [
      ...tablesSince(database.name, schema, seen, 'seen by a grant of their own or by default privileges'),
      ...laterNotGranted(input, database.name, schema, owed),
      // Nobody chose them, so no statement that would let them be seen is given.
      ...tablesSince(database.name, schema, others, 'not granted (to be chosen, or left so)'),
      ...laterTablesOf.flatMap(owner => creatorDrift(database.name, schema, owner)),
      ...ownersNoted(input, database.name, schema, relations),
      ...ownersChanged(input, database.name, schema, relations, laterTablesOf, grantee),
    ]
  })
}

function tablesSince(
  database: string,
  schema: CatalogueSchema,
  relations: readonly Relation[],
  what: string,
): readonly Drift[] {
  if (relations.length === 0) return []
  const names = someNames(relations.map(relation => relation.name))
  return [
    {
      ...entry(
        'tables-since',
        database,
        `${counted(relations.length, 'relation')} of ${printableName(schema.name)} made since, ${what}: ${names}.`,
      ),
      level: 'info',
    },
  ]
}

/** Later tables of somebody whose later tables were chosen, and without the grant: it was taken away, or never came. */
function laterNotGranted(
  input: PlanInput,
  database: string,
  schema: CatalogueSchema,
  relations: readonly Relation[],
): readonly Drift[] {
  if (relations.length === 0) return []
  const names = someNames(relations.map(relation => relation.name))
  return [
    entry(
      'grant-missing',
      database,
      `${printableName(granteeOf(input.answers.roles))} has not all that it should have on later tables in ${printableName(schema.name)}, which were chosen: ${names}.`,
      grantsFor(input, schema.name, relations),
    ),
  ]
}

/** The GRANT for each of the relations, those that lack the same in one. */
function grantsFor(input: PlanInput, schema: string, relations: readonly Relation[]): readonly string[] {
  const to = quoteIdentifier(granteeOf(input.answers.roles))
  const lacking = Map.groupBy(relations, relation => missingPrivileges(input, relation).join(', '))
  return [...lacking].flatMap(([privileges, some]) =>
    chunks(some, relationsPerGrant).map(
      part =>
        `GRANT ${privileges} ON TABLE ${part.map(({ name }) => qualifiedName(schema, name)).join(', ')} TO ${to}`,
    ),
  )
}

function creatorDrift(database: string, schema: CatalogueSchema, owner: string): readonly Drift[] {
  if (schema.creators.some(creator => creator.role === owner)) return []
  return [
    {
      ...entry(
        'creator-gone',
        database,
        `${printableName(owner)}, whose later tables were chosen, owns nothing in ${printableName(schema.name)} any more and may not create there.`,
      ),
      level: 'warning',
    },
  ]
}

/** Chosen tables whose owner is another one than when an earlier run granted on them, as the ledger has it. */
function ownersNoted(
  input: PlanInput,
  database: string,
  schema: CatalogueSchema,
  relations: readonly Relation[],
): readonly Drift[] {
  const before = ownersBefore(input, database)
  return relations.flatMap(({ name, oid, owner }): Drift[] => {
    const former = before.get(oid)
    if (former === undefined || former === owner) return []
    const shown = `${printableName(schema.name)}.${printableName(name)}`
    return [
      entry(
        'owner-changed',
        database,
        `${shown} was ${printableName(former)}'s when it was granted, and is ${printableName(owner)}'s now. The statement gives it back; where it is meant to be so, apply the answers again, which notes it.`,
        [`ALTER TABLE ${qualifiedName(schema.name, name)} OWNER TO ${quoteIdentifier(former)}`],
      ),
    ]
  })
}

/** Who owned each relation, by oid, when a run last granted on it; of those whose owner granted. */
function ownersBefore({ earlier }: PlanInput, database: string): ReadonlyMap<number, string> {
  return new Map(
    (earlier?.grants ?? [])
      .filter(set => set.database === database && set.on === 'relation' && set.byOwner)
      .flatMap(({ objects, grantor }) => objects.map(({ oid }) => [oid, grantor] as const)),
  )
}

/**
 * The answers name the owners whose later tables are meant. A chosen table of somebody else has changed hands,
 * or was always somebody else's: what that one makes later is not seen.
 */
function ownersChanged(
  input: PlanInput,
  database: string,
  schema: CatalogueSchema,
  relations: readonly Relation[],
  laterTablesOf: readonly string[],
  grantee: string,
): readonly Drift[] {
  const [first] = laterTablesOf
  if (first === undefined) return []
  const before = ownersBefore(input, database)
  const others = relations.filter(
    ({ oid, owner }) =>
      // Of whose owner is noted it is known whether it has changed.
      !before.has(oid) &&
      !laterTablesOf.includes(owner) &&
      owner !== input.answers.roles.login &&
      owner !== grantee,
  )
  return [...new Set(others.map(({ owner }) => owner))].map(owner => {
    const names = others.filter(each => each.owner === owner).map(each => each.name)
    return {
      ...entry(
        'owner-changed',
        database,
        `${printableName(owner)} owns what was chosen in ${printableName(schema.name)} (${someNames(names)}), but its later tables were not chosen: those of ${someNames(laterTablesOf)} were. If it has changed hands, the statement gives it back.`,
        names.map(
          name => `ALTER TABLE ${qualifiedName(schema.name, name)} OWNER TO ${quoteIdentifier(first)}`,
        ),
      ),
      level: 'warning' as const,
    }
  })
}

function goneFrom(
  { name: schema, relations }: SchemaAnswer,
  schemas: ChosenDatabase['schemas'],
): readonly { readonly schema: string; readonly name: string }[] {
  const there = schemas.find(each => each.schema.name === schema)
  // The schema itself is told once.
  if (there === undefined) return []
  const found = new Set(there.relations.map(relation => relation.name))
  return [...new Set(relations)].filter(name => !found.has(name)).map(name => ({ schema, name }))
}

function entry(code: Drift['code'], database: string, text: string, mend: readonly string[] = []): Drift {
  return { code, level: 'drift', database, text, mend }
}
