import type { TablePrivilege } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import type { DatabasePlan, PlannedRelation } from '../plan/plan.ts'
import { type BeyondRow, counted, entry, listed, qualified, throughSql } from './beyond-entry.ts'
import { beyondObjects } from './beyond-objects.ts'
import { beyondServerObjects, beyondSystem } from './beyond-system.ts'
import type { Beyond } from './outcome.ts'
import { mapped, type Question, question, together } from './question.ts'
import { isListed, relationList } from './relation-list.ts'

/**
 * Asks what the login reaches in this database beyond the choice: relations, schemas, the database itself,
 * functions that run with another's rights, sequences, large objects and foreign servers. Asks the catalogue
 * only, in a fixed number of queries; everybody may.
 * @param privileges what is meant to be there on each chosen relation; any other is beyond the choice there too
 */
export function beyondInDatabase(
  login: string,
  plan: ChoiceIn,
  privileges: readonly TablePrivilege[],
): Question<readonly Beyond[]> {
  const database = plan.database
  const { oids, names } = relationList(plan.chosen)
  const parts = together({
    itself: question({ sql: databaseSql, values: [login] }, (rows: readonly BeyondRow[]) =>
      rows.map(row => entry(database, 'database', row, `on database ${printableName(row.name)}`)),
    ),
    schemas: question(
      { sql: schemasSql, values: [login, JSON.stringify(plan.schemas)] },
      (rows: readonly BeyondRow[]) =>
        rows.map(row => entry(database, 'schema', row, `on schema ${printableName(row.name)}`)),
    ),
    relations: question(
      { sql: relationsSql, values: [login, oids, listed, privileges, names] },
      (rows: readonly BeyondRow[]) => [
        ...rows.map(row => entry(database, 'relation', row, `on ${qualified(row)}`)),
        ...counted(database, 'relation', rows, 'relations that were not chosen'),
      ],
    ),
    functions: question({ sql: functionsSql, values: [login, listed] }, (rows: readonly FunctionRow[]) => [
      ...rows.map(row =>
        entry(database, 'function', row, `on the SECURITY DEFINER function ${qualified(row)} ${runsAs(row)}`),
      ),
      ...counted(database, 'function', rows, 'SECURITY DEFINER functions'),
    ]),
    objects: beyondObjects(login, database),
    system: beyondSystem(login, database),
  })
  return mapped(parts, ({ itself, schemas, relations, functions, objects, system }) => [
    ...itself,
    ...schemas,
    ...relations,
    ...functions,
    ...objects,
    ...system,
  ])
}

/** What is chosen in a database. */
export type ChoiceIn = Pick<DatabasePlan, 'database' | 'schemas'> & {
  readonly chosen: readonly PlannedRelation[]
}

interface FunctionRow extends BeyondRow {
  readonly owner: string
  readonly superuser: boolean
  /** The extension that it is a part of. */
  readonly extension: string | null
}

/** Whoever may execute it does with the rights of its owner what it does (manual, CREATE FUNCTION). */
function runsAs({ owner, superuser, extension }: FunctionRow): string {
  const part = extension === null ? '' : `, of the extension ${printableName(extension)}`
  return `(runs as ${printableName(owner)}${superuser ? ', a superuser' : ''}${part})`
}

/**
 * Asks what the login has in the whole server beyond the plan: other databases it may connect to, roles whose
 * privileges it has, `own` (the login and its group) left out, tablespaces and parameters.
 */
export function beyondInServer(
  login: string,
  plan: {
    readonly databases: readonly string[]
    readonly own: readonly string[]
    readonly versionNumber: number
  },
): Question<readonly Beyond[]> {
  const parts = together({
    databases: question(
      { sql: otherDatabasesSql, values: [login, JSON.stringify(plan.databases)] },
      (rows: readonly BeyondRow[]) =>
        rows.map(row => entry(null, 'database', row, `on database ${printableName(row.name)}`)),
    ),
    roles: question(
      { sql: rolesSql, values: [login, JSON.stringify(plan.own)] },
      (rows: readonly BeyondRow[]) =>
        rows.map(row => ({
          database: null,
          object: 'role' as const,
          name: printableName(row.name),
          privileges: row.privileges,
          through: row.through,
          text: `Is a member of ${printableName(row.name)} and has its privileges.`,
        })),
    ),
    objects: beyondServerObjects(login, plan.versionNumber),
  })
  return mapped(parts, ({ databases, roles, objects }) => [...databases, ...roles, ...objects])
}

/** What can be had on a relation, in the order in which it is told. */
const onRelations = [
  { privilege: 'SELECT', onColumns: true },
  { privilege: 'INSERT', onColumns: true },
  { privilege: 'UPDATE', onColumns: true },
  { privilege: 'DELETE', onColumns: false },
  { privilege: 'TRUNCATE', onColumns: false },
  { privilege: 'REFERENCES', onColumns: true },
  { privilege: 'TRIGGER', onColumns: false },
  { privilege: 'MAINTAIN', onColumns: false },
] as const

/** What the login has on the relation with this oid, of {@link onRelations}. */
function heldOn(oid: string, { byColumn }: { readonly byColumn: boolean }): string {
  const held = onRelations.map(({ privilege, onColumns }) => {
    const asks = byColumn && onColumns ? 'has_any_column_privilege' : 'has_table_privilege'
    // It came with 17: earlier versions refuse the word, and CASE runs only the branch it takes.
    return privilege === 'MAINTAIN'
      ? `CASE WHEN v.number < 170000 THEN NULL
        WHEN pg_catalog.${asks}(r.oid, ${oid}, v.maintain) THEN '${privilege}' END`
      : `CASE WHEN pg_catalog.${asks}(r.oid, ${oid}, '${privilege}') THEN '${privilege}' END`
  })
  return `pg_catalog.array_remove(ARRAY[
      ${held.join(',\n      ')}
    ]::pg_catalog.text[], NULL)`
}

/**
 * What a role has on a relation depends on its owner and its list alone, so each pair is asked about once, however
 * many relations have it; where a column has a list of its own, the relation itself is asked about.
 */
const relationsSql = `
WITH r AS (
  SELECT g.oid FROM pg_catalog.pg_roles AS g WHERE g.rolname = $1
), v AS (
  SELECT pg_catalog.current_setting('server_version_num')::int AS number, 'MAINTAIN'::pg_catalog.text AS maintain
), k AS (
  SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute AS a WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
), c AS MATERIALIZED (
  SELECT c.oid, c.relname, n.nspname, c.relowner,
    COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner)) AS acl, k.attrelid IS NOT NULL AS by_column
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  CROSS JOIN r
  LEFT JOIN k ON k.attrelid = c.oid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
), alike AS MATERIALIZED (
  SELECT c.relowner, c.acl, pg_catalog.min(c.oid) AS one FROM c WHERE NOT c.by_column GROUP BY c.relowner, c.acl
), judged AS MATERIALIZED (
  SELECT alike.relowner, alike.acl, ${heldOn('alike.one', { byColumn: false })} AS held
  FROM alike CROSS JOIN r CROSS JOIN v
), reached AS (
  SELECT c.oid, c.relname, c.nspname, c.acl, judged.held
  FROM c JOIN judged ON judged.relowner = c.relowner AND judged.acl = c.acl
  WHERE NOT c.by_column AND judged.held <> '{}'
  UNION ALL
  SELECT c.oid, c.relname, c.nspname, c.acl, ${heldOn('c.oid', { byColumn: true })} AS held
  FROM c CROSS JOIN r CROSS JOIN v
  WHERE c.by_column
), has AS (
  SELECT c.oid, c.relname, c.nspname, c.acl, pg_catalog.count(*) OVER ()::int AS total,
    ARRAY(SELECT p.privilege FROM pg_catalog.unnest(c.held) WITH ORDINALITY AS p (privilege, place)
      WHERE NOT (c.chosen AND p.privilege = ANY ($4::pg_catalog.text[])) ORDER BY p.place) AS privileges
  FROM (
    SELECT c.*, ${isListed({ oids: '$2', names: '$5' }, 'c.nspname')} AS chosen FROM reached AS c
  ) AS c
  WHERE CASE WHEN c.chosen THEN NOT c.held <@ $4::pg_catalog.text[] ELSE c.held <> '{}' END
  ORDER BY c.nspname, c.relname
  LIMIT $3
)
SELECT has.relname AS name, has.nspname AS within, has.privileges, has.total,
  ${throughSql(`has.acl
      || COALESCE((SELECT pg_catalog.array_agg(item) FROM pg_catalog.pg_attribute AS at,
          pg_catalog.unnest(at.attacl) AS item
        WHERE at.attrelid = has.oid AND NOT at.attisdropped), '{}')`)} AS through
FROM has CROSS JOIN r
ORDER BY has.nspname, has.relname`

/** USAGE is expected on the chosen schemas; CREATE nowhere. */
const schemasSql = `
SELECT n.nspname AS name, NULL AS within, has.privileges,
  ${throughSql(`COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner))`)} AS through, 0 AS total
FROM pg_catalog.pg_namespace AS n
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN LATERAL (
  SELECT ARRAY(
    SELECT p.privilege FROM (VALUES
      (1, 'USAGE', pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE') AND NOT n.nspname IN (
        SELECT s.value FROM pg_catalog.json_array_elements_text($2::pg_catalog.json) AS s)),
      (2, 'CREATE', pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE'))
    ) AS p (place, privilege, held)
    WHERE p.held ORDER BY p.place
  ) AS privileges
) AS has
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND has.privileges <> '{}'
ORDER BY n.nspname`

const databaseSql = `
SELECT d.datname AS name, NULL AS within, has.privileges,
  ${throughSql(`COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))`)} AS through, 0 AS total
FROM pg_catalog.pg_database AS d
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN LATERAL (
  SELECT ARRAY(
    SELECT p.privilege FROM (VALUES
      (1, 'CREATE', pg_catalog.has_database_privilege(r.oid, d.oid, 'CREATE')),
      (2, 'TEMPORARY', pg_catalog.has_database_privilege(r.oid, d.oid, 'TEMPORARY'))
    ) AS p (place, privilege, held)
    WHERE p.held ORDER BY p.place
  ) AS privileges
) AS has
WHERE d.datname = pg_catalog.current_database() AND has.privileges <> '{}'`

const otherDatabasesSql = `
SELECT d.datname AS name, NULL AS within, has.privileges,
  ${throughSql(`COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))`)} AS through, 0 AS total
FROM pg_catalog.pg_database AS d
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN (SELECT ARRAY['CONNECT'] AS privileges) AS has
WHERE d.datallowconn AND pg_catalog.has_database_privilege(r.oid, d.oid, 'CONNECT')
  AND NOT d.datname IN (SELECT s.value FROM pg_catalog.json_array_elements_text($2::pg_catalog.json) AS s)
ORDER BY d.datname`

const rolesSql = `
SELECT g.rolname AS name, NULL AS within, '{}'::pg_catalog.text[] AS privileges,
  '{}'::pg_catalog.text[] AS through, 0 AS total
FROM pg_catalog.pg_roles AS g
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
WHERE pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')
  AND NOT g.rolname IN (SELECT s.value FROM pg_catalog.json_array_elements_text($2::pg_catalog.json) AS s)
ORDER BY g.rolname`

/** Those of the system are made to be called; whether more was granted on them is asked elsewhere (beyond-system.ts). */
const functionsSql = `
SELECT p.proname AS name, n.nspname AS within, has.privileges,
  ${throughSql(`COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))`)} AS through,
  o.rolname::pg_catalog.text AS owner, o.rolsuper AS superuser,
  (SELECT x.extname::pg_catalog.text FROM pg_catalog.pg_depend AS e
    JOIN pg_catalog.pg_extension AS x ON x.oid = e.refobjid
    WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e'
      AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) AS extension,
  pg_catalog.count(*) OVER ()::int AS total
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
JOIN pg_catalog.pg_roles AS o ON o.oid = p.proowner
CROSS JOIN (SELECT ARRAY['EXECUTE'] AS privileges) AS has
WHERE p.prosecdef AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype
  AND p.prorettype <> 'pg_catalog.event_trigger'::pg_catalog.regtype
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
ORDER BY n.nspname, p.proname
LIMIT $2`
