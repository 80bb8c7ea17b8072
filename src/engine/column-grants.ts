import type { Change } from '../model/change.ts'
import { qualifiedName, quoteIdentifier } from '../model/identifier.ts'
import { ProblemError } from '../model/problem.ts'
import type { Session } from '../postgres/session.ts'
import { actingAs } from './act-as.ts'

/** A privilege on one column, as its list has it. */
interface ColumnGrant {
  readonly schema: string
  readonly relation: string
  readonly column: string
  readonly privilege: string
  /** null is PUBLIC. */
  readonly grantee: string | null
  readonly grantor: string
  readonly grantable: boolean
  readonly byOwner: boolean
}

/** What is revoked of whole relations. */
type OfRelations = Extract<Change, { readonly kind: 'grant-relations' | 'revoke-relations' }>

/**
 * Runs `revoke`, which takes back what these changes granted, or takes away, on whole relations, and puts back
 * what it took besides: REVOKE on a relation revokes the same privilege on each of its columns too (manual,
 * REVOKE), also where somebody had granted it on a column before. What the grantee has granted on from there would
 * be in the way, and is taken and put back as well.
 * @param putBack runs statements as whoever `revoke` runs as for this change
 * @returns what `revoke` gave
 * @throws ProblemError `column-grants-changed` where the columns would not be as before
 */
export async function keepingColumnGrants<T>(
  session: Session,
  changes: readonly Change[],
  {
    revoke,
    putBack,
  }: {
    readonly revoke: () => Promise<T>
    readonly putBack: (change: Change, statements: readonly string[]) => Promise<unknown>
  },
): Promise<T> {
  const wanted = changes.filter(isOfRelations)
  const before = wanted.length === 0 ? [] : await columnGrants(session, wanted)
  for (const grant of passedOn(before, wanted).toReversed()) {
    await actingAs(session, grant.grantor, () => session.query(revokeSql(grant)))
  }
  const value = await revoke()
  if (before.length === 0) return value
  const after = new Set((await columnGrants(session, wanted)).map(keyOf))
  // In the order of the list a grant comes before those that rest on it.
  for (const grant of before.filter(each => !after.has(keyOf(each)))) {
    const change = wanted.find(each => concerns(each, grant))
    if (grant.byOwner && change !== undefined) await putBack(change, [grantSql(grant)])
    else await actingAs(session, grant.grantor, () => session.query(grantSql(grant)))
  }
  const kept = new Set((await columnGrants(session, wanted)).map(keyOf))
  const lost = before.find(grant => !kept.has(keyOf(grant)))
  if (lost !== undefined || kept.size !== before.length) throw new ProblemError(changed(lost ?? before[0]))
  return value
}

function isOfRelations(change: Change): change is OfRelations {
  return change.kind === 'grant-relations' || change.kind === 'revoke-relations'
}

/**
 * What rests on a grant that goes, each after what it rests on: only where the grantee has its grant option from
 * one grantor alone, or the REVOKE would not mind.
 */
function passedOn(grants: readonly ColumnGrant[], changes: readonly OfRelations[]): readonly ColumnGrant[] {
  const found: ColumnGrant[] = []
  const follow = (from: ColumnGrant) => {
    const onSame = grants.filter(each => sameColumn(each, from))
    if (onSame.filter(each => each.grantee === from.grantee && each.grantable).length > 1) return
    for (const next of onSame) {
      if (next.grantor !== from.grantee || next.byOwner || found.includes(next)) continue
      found.push(next)
      if (next.grantable) follow(next)
    }
  }
  for (const grant of grants) {
    if (grant.grantable && changes.some(change => concerns(change, grant))) follow(grant)
  }
  return found
}

function concerns(change: OfRelations, grant: ColumnGrant): boolean {
  return (
    change.schema === grant.schema &&
    change.grantee === grant.grantee &&
    change.privileges.some(privilege => privilege === grant.privilege) &&
    change.relations.includes(grant.relation)
  )
}

function sameColumn(one: ColumnGrant, other: ColumnGrant): boolean {
  return (
    one.schema === other.schema &&
    one.relation === other.relation &&
    one.column === other.column &&
    one.privilege === other.privilege
  )
}

/** All that is granted on single columns of the relations, of the privileges that the changes are about. */
async function columnGrants(
  session: Session,
  changes: readonly OfRelations[],
): Promise<readonly ColumnGrant[]> {
  const sets = changes.map(({ schema, relations, privileges }) => ({ schema, relations, privileges }))
  return inOrder(await session.query<ColumnGrant>(columnGrantsSql, [JSON.stringify(sets)]))
}

/** A grant before those that its grantee made of it, column by column. */
function inOrder(grants: readonly ColumnGrant[]): readonly ColumnGrant[] {
  const placed = grants.filter(grant => grant.byOwner)
  const left = new Set(grants.filter(grant => !grant.byOwner))
  for (let more = true; more; ) {
    more = false
    for (const grant of left) {
      const rests = placed.some(
        each => each.grantable && each.grantee === grant.grantor && sameColumn(each, grant),
      )
      if (!rests) continue
      placed.push(grant)
      left.delete(grant)
      more = true
    }
  }
  // What rests on a grant of the whole relation.
  return [...placed, ...left]
}

function keyOf({ schema, relation, column, privilege, grantee, grantor, grantable }: ColumnGrant): string {
  return JSON.stringify([schema, relation, column, privilege, grantee, grantor, grantable])
}

function grantSql(grant: ColumnGrant): string {
  return `GRANT ${whatSql(grant)} TO ${granteeSql(grant)}${grant.grantable ? ' WITH GRANT OPTION' : ''}`
}

function revokeSql(grant: ColumnGrant): string {
  return `REVOKE ${whatSql(grant)} FROM ${granteeSql(grant)}`
}

function whatSql({ schema, relation, column, privilege }: ColumnGrant): string {
  return `${privilege} (${quoteIdentifier(column)}) ON TABLE ${qualifiedName(schema, relation)}`
}

function granteeSql({ grantee }: ColumnGrant): string {
  return grantee === null ? 'PUBLIC' : quoteIdentifier(grantee)
}

const changed = (grant: ColumnGrant | undefined) => ({
  code: 'column-grants-changed',
  message: `What is granted on single columns${grant === undefined ? '' : ` of ${qualifiedName(grant.schema, grant.relation)}`} would not be as before, so nothing was taken back there.`,
  next: 'REVOKE on a table takes the same privilege from its columns too. Let a superuser run this.',
})

/**
 * OFFSET 0 keeps the planner at one look-up in an index for each relation and for its columns: it expects far more
 * relations than there are, and would read all of pg_class and of pg_attribute instead (half a second each time, in
 * a database of 100,000 tables).
 */
const columnGrantsSql = `
SELECT DISTINCT w.schema, c.relname::pg_catalog.text AS relation, t.attname::pg_catalog.text AS column,
  a.privilege_type AS privilege, p.rolname::pg_catalog.text AS grantee, g.rolname::pg_catalog.text AS grantor,
  a.is_grantable AS grantable, a.grantor = c.relowner AS "byOwner", t.attnum
FROM pg_catalog.json_to_recordset($1::pg_catalog.json) AS w (
  schema pg_catalog.text, relations pg_catalog.json, privileges pg_catalog.json)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
CROSS JOIN LATERAL pg_catalog.json_array_elements_text(w.relations) AS e (name)
CROSS JOIN LATERAL (
  SELECT o.oid, o.relname, o.relowner FROM pg_catalog.pg_class AS o
  WHERE o.relnamespace = n.oid AND o.relname = e.name::pg_catalog.name OFFSET 0) AS c
CROSS JOIN LATERAL (
  SELECT o.attname, o.attnum, o.attacl FROM pg_catalog.pg_attribute AS o
  WHERE o.attrelid = c.oid AND o.attacl IS NOT NULL AND NOT o.attisdropped OFFSET 0) AS t
CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) AS a
JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantor
LEFT JOIN pg_catalog.pg_roles AS p ON p.oid = a.grantee
WHERE a.privilege_type IN (SELECT f.value FROM pg_catalog.json_array_elements_text(w.privileges) AS f)
ORDER BY w.schema, relation, t.attnum, privilege, grantor, grantee`
