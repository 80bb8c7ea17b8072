import type { ActAs, Change } from '../model/change.ts'
import { qualifiedName, quoteIdentifier } from '../model/identifier.ts'
import { actingAs } from '../plan/act-as.ts'
import type { Session } from '../postgres/session.ts'

/** A privilege on one column, as its list has it. */
interface ColumnGrant {
  readonly schema: string
  readonly relation: string
  readonly column: string
  readonly privilege: string
  readonly grantee: string
  readonly grantor: string
  readonly grantable: boolean
}

/**
 * Runs `revoke`, which takes back what these changes granted, or takes away, on whole relations, and puts back what it took
 * besides: REVOKE on a relation revokes the same privilege on each of its columns too (manual, REVOKE), also
 * where somebody had granted it on a column before.
 */
export async function keepingColumnGrants(
  session: Session,
  changes: readonly Change[],
  revoke: () => Promise<void>,
): Promise<void> {
  const before = await columnGrants(session, changes)
  await revoke()
  if (before.length === 0) return
  const after = new Set((await columnGrants(session, changes)).map(keyOf))
  const statements = before
    .filter(grant => !after.has(keyOf(grant)))
    .flatMap(grant => actingAs(handOf(grant, changes), [grantSql(grant)]))
  if (statements.length > 0) await session.query(statements.join(';\n'))
}

/** Who took it besides, and so has to put it back. */
function handOf(grant: ColumnGrant, changes: readonly Change[]): ActAs | undefined {
  return changes.find(
    change =>
      'relations' in change &&
      change.schema === grant.schema &&
      change.grantee === grant.grantee &&
      change.relations.includes(grant.relation) &&
      change.privileges.some(privilege => privilege === grant.privilege),
  )?.actAs
}

/** What the grantees hold on single columns of the relations, of the privileges that the changes are about. */
async function columnGrants(session: Session, changes: readonly Change[]): Promise<readonly ColumnGrant[]> {
  const sets = changes.flatMap(change =>
    'relations' in change
      ? {
          schema: change.schema,
          relations: change.relations,
          privileges: change.privileges,
          grantee: change.grantee,
        }
      : [],
  )
  if (sets.length === 0) return []
  return session.query<ColumnGrant>(columnGrantsSql, [JSON.stringify(sets)])
}

function keyOf({ schema, relation, column, privilege, grantee, grantor }: ColumnGrant): string {
  return JSON.stringify([schema, relation, column, privilege, grantee, grantor])
}

function grantSql({ schema, relation, column, privilege, grantee, grantable }: ColumnGrant): string {
  const on = qualifiedName(schema, relation)
  const option = grantable ? ' WITH GRANT OPTION' : ''
  return `GRANT ${privilege} (${quoteIdentifier(column)}) ON TABLE ${on} TO ${quoteIdentifier(grantee)}${option}`
}

const columnGrantsSql = `
SELECT w.schema, c.relname::pg_catalog.text AS relation, t.attname::pg_catalog.text AS column,
  a.privilege_type AS privilege, w.grantee, g.rolname::pg_catalog.text AS grantor, a.is_grantable AS grantable
FROM pg_catalog.json_to_recordset($1::pg_catalog.json) AS w (
  schema pg_catalog.text, relations pg_catalog.json, privileges pg_catalog.json, grantee pg_catalog.text)
JOIN pg_catalog.pg_roles AS r ON r.rolname = w.grantee
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
  AND c.relname IN (SELECT e.value FROM pg_catalog.json_array_elements_text(w.relations) AS e)
JOIN pg_catalog.pg_attribute AS t ON t.attrelid = c.oid AND t.attacl IS NOT NULL AND NOT t.attisdropped
CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) AS a
JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantor
WHERE a.grantee = r.oid
  AND a.privilege_type IN (SELECT e.value FROM pg_catalog.json_array_elements_text(w.privileges) AS e)
ORDER BY w.schema, c.relname, t.attnum, a.privilege_type`
