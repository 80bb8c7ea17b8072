import type { Change } from '../model/change.ts'
import { quoteLiteral } from '../model/identifier.ts'
import { checkOf, givesAll, titleOf } from '../plan/statements.ts'
import type { Session } from '../postgres/session.ts'
import type { StatementResult } from '../postgres/statement.ts'
import { ChangeError } from './change-error.ts'
import { chunks } from './chunks.ts'
import { isPlanned, type PlannedRelations, relationKey } from './planned-relations.ts'

/** Changes that one query asks about. */
const changesPerCheck = 200

/** Some changes, and the query that gives the numbers of those that do not hold. */
interface Check {
  readonly sql: string
  readonly changes: readonly Change[]
}

/**
 * What to ask the server to learn whether the changes hold, as checkOf says it.
 * @param planned where it has all relations of a grant, the check tells too whether a name means another by now
 */
export function checksOf(
  changes: readonly Change[],
  planned: PlannedRelations = new Map(),
): readonly Check[] {
  const onRelations = changes.filter(change => change.kind === 'grant-relations')
  const known = onRelations.filter(change => isPlanned(change, planned))
  const unknown = onRelations.filter(change => !isPlanned(change, planned))
  const others = changes.filter(change => change.kind !== 'grant-relations')
  return [
    ...[...Map.groupBy(known, givesAll)].map(([gives, some]) => checkOfPlanned(gives, some, planned)),
    ...[...Map.groupBy(unknown, givesAll)].map(([gives, some]) => checkOfRelations(gives, some)),
    ...chunks(others, changesPerCheck).map(checkOfOthers),
  ]
}

/** Whether checksOf looks by itself at whether each name of a change means what it meant. */
export function tellsReplaced(change: Change, planned: PlannedRelations): boolean {
  return change.kind === 'grant-relations' && isPlanned(change, planned)
}

function checkOfOthers(changes: readonly Change[]): Check {
  const list = changes.map((change, number) => `(${number}, ${checkOf(change)})`).join(',\n')
  return {
    sql: `SELECT number FROM (VALUES ${list}) AS checks (number, holds) WHERE holds IS NOT TRUE ORDER BY number`,
    changes,
  }
}

/**
 * Of all relations at once: as a query for each change it is the planner that takes the time. OFFSET 0: one
 * look-up in the index for each, as in column-grants.ts.
 * @param gives what is to be true of each, as givesAll has it
 */
function checkOfRelations(gives: string, changes: readonly GrantRelations[]): Check {
  const named = changes.map(({ schema, relations }, number) => ({ number, schema, relations }))
  return {
    sql: `
SELECT DISTINCT w.number
FROM pg_catalog.json_to_recordset(${quoteLiteral(JSON.stringify(named))}::pg_catalog.json) AS w (
  number pg_catalog.int4, schema pg_catalog.text, relations pg_catalog.json)
CROSS JOIN LATERAL pg_catalog.json_array_elements_text(w.relations) AS e (name)
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
LEFT JOIN LATERAL (
  SELECT o.relacl, o.relowner FROM pg_catalog.pg_class AS o
  WHERE o.relnamespace = n.oid AND o.relname = e.name::pg_catalog.name OFFSET 0) AS c ON true
WHERE (${gives}) IS NOT TRUE
ORDER BY w.number`,
    changes,
  }
}

/**
 * The same where it is known which relation each name meant. Each is looked up once, by its oid: looking at the name
 * and at the privileges apart takes three times as long.
 */
function checkOfPlanned(gives: string, changes: readonly GrantRelations[], planned: PlannedRelations): Check {
  const named = changes.map(({ schema, relations }, number) => ({
    number,
    schema,
    names: relations,
    oids: relations.map(name => planned.get(relationKey(schema, name))),
  }))
  return {
    sql: `
SELECT w.number, w.schema, e.name::pg_catalog.text AS name, c.relname IS NULL AS other
FROM pg_catalog.json_to_recordset(${quoteLiteral(JSON.stringify(named))}::pg_catalog.json) AS w (
  number pg_catalog.int4, schema pg_catalog.text, names pg_catalog.name[], oids pg_catalog.oid[])
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(w.names), pg_catalog.unnest(w.oids)) AS e (name, oid)
LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
LEFT JOIN LATERAL (
  SELECT o.relname, o.relacl, o.relowner FROM pg_catalog.pg_class AS o
  WHERE o.oid = e.oid AND o.relnamespace = n.oid AND o.relname = e.name OFFSET 0) AS c ON true
WHERE (${gives}) IS NOT TRUE
ORDER BY other DESC, w.number`,
    changes,
  }
}

type GrantRelations = Extract<Change, { readonly kind: 'grant-relations' }>

/** Of what the checks gave: the relations whose names mean others by now. */
export function replacedIn(results: readonly StatementResult[]): readonly StatementResult[] {
  return results.map(({ rows, notices }) => ({ rows: rows.filter(({ other }) => other === true), notices }))
}

/** The changes that do not hold, of what the checks gave. */
export function failingOf(checks: readonly Check[], results: readonly StatementResult[]): readonly Change[] {
  return checks.flatMap(({ changes }, at) =>
    (results[at]?.rows ?? []).flatMap(({ number }) => changes[Number(number)] ?? []),
  )
}

/** Those of the changes that do not hold now. @throws ProblemError */
export async function notHolding(session: Session, changes: readonly Change[]): Promise<readonly Change[]> {
  const checks = checksOf(changes)
  if (checks.length === 0) return []
  return failingOf(checks, await session.script(checks.map(({ sql }) => sql)))
}

/** Whether every change holds now. @throws ProblemError */
export async function allHold(session: Session, changes: readonly Change[]): Promise<boolean> {
  return (await notHolding(session, changes)).length === 0
}

/** @throws ChangeError for the first change that does not hold */
export async function assertHold(session: Session, changes: readonly Change[]): Promise<void> {
  assertNone(await notHolding(session, changes))
}

/** @throws ChangeError for the first of these changes, which do not hold */
export function assertNone([first]: readonly Change[]): void {
  if (first === undefined) return
  throw new ChangeError(
    {
      code: 'change-did-not-take',
      message: `The server took "${titleOf(first)}" without an error, yet it does not hold.`,
      next: 'Another session may have changed the same thing. Look at it, then try again.',
    },
    first,
  )
}
