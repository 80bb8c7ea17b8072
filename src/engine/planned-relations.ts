import type { Change } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import { type Problem, ProblemError, problemOf } from '../model/problem.ts'
import { eachOf, type Sliced } from '../model/sliced.ts'
import type { Plan, PlannedRelation } from '../plan/plan.ts'
import { inSlices } from '../postgres/in-slices.ts'
import type { Session } from '../postgres/session.ts'
import type { Statement, StatementResult } from '../postgres/statement.ts'

/** The relations of a plan in one database, by schema and name: which one each was when somebody looked at it. */
export type PlannedRelations = ReadonlyMap<string, number>

type OfPlan = Pick<Plan, 'databases' | 'leaving'>

/** A plan is carried out in a hundred transactions, each of which asks for this. */
const known = new WeakMap<OfPlan, Map<string, Promise<PlannedRelations>>>()

/** What the plan knows of its relations in a database; nothing of those that were not read on the server. */
export function plannedIn(plan: OfPlan, database: string): Promise<PlannedRelations> {
  const ofPlan = known.get(plan) ?? new Map<string, Promise<PlannedRelations>>()
  known.set(plan, ofPlan)
  const planned = ofPlan.get(database) ?? inSlices(readPlanned(plan, database))
  ofPlan.set(database, planned)
  return planned
}

function* readPlanned(plan: OfPlan, database: string): Sliced<PlannedRelations> {
  const planned = plan.databases.find(each => each.database === database)
  const leaving = plan.leaving?.find(each => each.database === database)
  const relations: readonly PlannedRelation[] = [
    ...(planned?.chosen ?? []),
    ...(planned?.taken ?? []),
    ...(leaving?.taken ?? []),
  ]
  const oids = new Map<string, number>()
  yield* eachOf(relations, ({ schema, name, oid }) => {
    if (oid !== undefined) oids.set(relationKey(schema, name), oid)
  })
  return oids
}

/** Whether it is known of each relation of a change which one its name meant. */
export function isPlanned(
  { schema, relations }: { readonly schema: string; readonly relations: readonly string[] },
  planned: PlannedRelations,
): boolean {
  return relations.every(name => planned.has(relationKey(schema, name)))
}

/**
 * Asks, once the changes are made in the open transaction, whether each name still meant the relation that was
 * looked at: another may have been put in its place since. Until the transaction ends it then stays so, since the
 * changes have written to the relation's row in pg_class, which a rename would have to write to as well.
 * @returns no statement where nothing is to be asked
 */
export function askingReplaced(changes: readonly Change[], planned: PlannedRelations): readonly Statement[] {
  const named = namedIn(changes).flatMap(relation => {
    const oid = planned.get(relationKey(relation.schema, relation.name))
    return oid === undefined ? [] : [{ ...relation, oid }]
  })
  return named.length === 0 ? [] : [{ sql: othersSql, values: [JSON.stringify(named)] }]
}

/** @throws ProblemError `relation-replaced`, where askingReplaced has found one */
export function assertNoneReplaced(results: readonly StatementResult[]): void {
  const other = results.flatMap(({ rows }) => rows)[0]
  if (other === undefined) return
  throw new ProblemError({
    code: 'relation-replaced',
    message: `${printableName(String(other['schema']))}.${printableName(String(other['name']))} is another relation by now than the one that was chosen: it was dropped or renamed, and this one has its name.`,
    next: 'Look at it, go back to the tables and choose again.',
  })
}

/**
 * Gives `undo` the changes as what there is by now: relations that were renamed or moved under the names that they
 * have, and nothing of what is gone, which took its grants with it.
 * @throws ProblemError `relation-moved`, where another session renames one just now, so that another attempt may
 *   pass; what `undo` threw
 */
export async function undoWhatIsThere(
  session: Session,
  changes: readonly Change[],
  planned: PlannedRelations,
  undo: (changes: readonly Change[]) => Promise<void>,
): Promise<void> {
  const { present, now } = await ofWhatIsThere(session, changes, planned)
  try {
    await undo(present)
    assertNoneReplaced(await session.script(askingReplaced(present, now)))
  } catch (thrown) {
    const problem = problemOf(thrown)
    if (!isMoved(problem)) throw thrown
    throw new ProblemError({ ...problem, code: 'relation-moved' }, { cause: thrown })
  }
}

/** What a statement says of a relation or schema whose name has gone since it was read. */
export function isMoved({ code, sqlstate }: Problem): boolean {
  return code === 'relation-replaced' || sqlstate === '42P01' || sqlstate === '3F000'
}

async function ofWhatIsThere(
  session: Session,
  changes: readonly Change[],
  planned: PlannedRelations,
): Promise<{ readonly present: readonly Change[]; readonly now: PlannedRelations }> {
  const schemas = changes.flatMap(change => ('schema' in change ? [change.schema] : []))
  const named = namedIn(changes).map(relation => ({
    ...relation,
    oid: planned.get(relationKey(relation.schema, relation.name)) ?? null,
  }))
  if (schemas.length === 0) return { present: changes, now: planned }
  const [there] = await session.query<{ schemas: readonly string[] }>(schemasSql, [[...new Set(schemas)]])
  const present = new Set(there?.schemas)
  const found = new Map(
    (named.length === 0 ? [] : await session.query<Now>(nowSql, [JSON.stringify(named)])).map(row => [
      relationKey(row.schema, row.name),
      row,
    ]),
  )
  const narrowed = changes.flatMap((change): Change[] => {
    if (change.kind === 'grant-relations' || change.kind === 'revoke-relations') {
      const rows = change.relations.flatMap(name => found.get(relationKey(change.schema, name)) ?? [])
      return [...Map.groupBy(rows, row => row.nowIn)].map(([schema, some]) => ({
        ...change,
        schema,
        relations: some.map(row => row.nowCalled),
      }))
    }
    return 'schema' in change && !present.has(change.schema) ? [] : [change]
  })
  const now = new Map([...found.values()].map(row => [relationKey(row.nowIn, row.nowCalled), row.oid]))
  return { present: narrowed, now }
}

interface Now {
  readonly schema: string
  readonly name: string
  readonly nowIn: string
  readonly nowCalled: string
  readonly oid: number
}

function namedIn(changes: readonly Change[]): readonly { readonly schema: string; readonly name: string }[] {
  return changes.flatMap(change =>
    'relations' in change ? change.relations.map(name => ({ schema: change.schema, name })) : [],
  )
}

/** A relation's place in PlannedRelations. No name of PostgreSQL has a NUL. */
export function relationKey(schema: string, name: string): string {
  return `${schema}\0${name}`
}

const relationsOf = `
FROM pg_catalog.json_to_recordset($1::pg_catalog.json) AS w (schema pg_catalog.text, name pg_catalog.text, oid pg_catalog.oid)`

const othersSql = `
SELECT w.schema, w.name ${relationsOf}
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = w.oid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname::pg_catalog.text, c.relname::pg_catalog.text) IS DISTINCT FROM (w.schema, w.name)
LIMIT 1`

const schemasSql = `
SELECT ARRAY(SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_namespace AS n
  WHERE n.nspname = ANY ($1::pg_catalog.text[])) AS schemas`

const nowSql = `
SELECT w.schema, w.name, n.nspname::pg_catalog.text AS "nowIn", c.relname::pg_catalog.text AS "nowCalled", c.oid ${relationsOf}
LEFT JOIN pg_catalog.pg_namespace AS was ON w.oid IS NULL AND was.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.oid = w.oid OR (c.relnamespace = was.oid AND c.relname = w.name)
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace`
