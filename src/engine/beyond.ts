import type { TablePrivilege } from '../model/change.ts'
import { printableName } from '../model/identifier.ts'
import type { DatabasePlan, PlannedRelation } from '../plan/plan.ts'
import { type BeyondRow, counted, entry, listed, qualified, throughSql } from './beyond-entry.ts'
import { beyondObjects } from './beyond-objects.ts'
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
  })
  return mapped(parts, ({ itself, schemas, relations, functions, objects }) => [
    ...itself,
    ...schemas,
    ...relations,
    ...functions,
    ...objects,
  ])
}

/** What is chosen in a database. */
export type ChoiceIn = Pick<DatabasePlan, 'database' | 'schemas'> & {
  readonly chosen: readonly PlannedRelation[]
}

interface FunctionRow extends BeyondRow {
  readonly owner: string
  readonly superuser: boolean
}

/** Whoever may execute it does with the rights of its owner what it does (manual, CREATE FUNCTION). */
function runsAs({ owner, superuser }: FunctionRow): string {
  return `(runs as ${printableName(owner)}${superuser ? ', a superuser' : ''})`
}

/**
 * Asks what the login has in the whole server beyond the plan: other databases it may connect to, and roles whose
 * privileges it has, `own` (the login and its group) left out.
 */
export function beyondInServer(
  login: string,
  plan: { readonly databases: readonly string[]; readonly own: readonly string[] },
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
  })
  return mapped(parts, ({ databases, roles }) => [...databases, ...roles])
}

/** What can be had on a relation, in the order in which it is told. */
const onRelations = {
  SELECT: onSomeColumn('SELECT'),
  INSERT: onSomeColumn('INSERT'),
  UPDATE: onSomeColumn('UPDATE'),
  DELETE: onAll('DELETE'),
  TRUNCATE: onAll('TRUNCATE'),
  REFERENCES: onSomeColumn('REFERENCES'),
  TRIGGER: onAll('TRIGGER'),
  // It came with 17: has_table_privilege of earlier versions refuses the word, and CASE runs only the branch it takes.
  MAINTAIN: `CASE WHEN v.number < 170000 THEN false
      ELSE pg_catalog.has_table_privilege(r.oid, c.oid, v.maintain) END`,
}

function onAll(privilege: string): string {
  return `pg_catalog.has_table_privilege(r.oid, c.oid, '${privilege}')`
}

/**
 * Where no column has a list of its own, a role has on some column what it has on the whole relation: to look at
 * the columns of a hundred thousand relations would take seconds.
 */
function onSomeColumn(privilege: string): string {
  return `CASE WHEN k.attrelid IS NULL THEN ${onAll(privilege)}
      ELSE pg_catalog.has_any_column_privilege(r.oid, c.oid, '${privilege}') END`
}

const relationsSql = `
SELECT c.relname AS name, c.nspname AS within, has.privileges,
  ${throughSql(`COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))
      || COALESCE((SELECT pg_catalog.array_agg(item) FROM pg_catalog.pg_attribute AS at,
          pg_catalog.unnest(at.attacl) AS item
        WHERE at.attrelid = c.oid AND NOT at.attisdropped), '{}')`)} AS through,
  pg_catalog.count(*) OVER ()::int AS total
FROM (
  SELECT c.oid, c.relname, c.relacl, c.relowner, n.nspname, ${isListed({ oids: '$2', names: '$5' })} AS chosen,
    ${Object.entries(onRelations)
      .map(([privilege, held]) => `${held} AS has_${privilege.toLowerCase()}`)
      .join(',\n    ')}
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
  CROSS JOIN (
    SELECT pg_catalog.current_setting('server_version_num')::int AS number, 'MAINTAIN'::pg_catalog.text AS maintain
  ) AS v
  LEFT JOIN (
    SELECT DISTINCT a.attrelid FROM pg_catalog.pg_attribute AS a WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  ) AS k ON k.attrelid = c.oid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  OFFSET 0
) AS c
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
CROSS JOIN LATERAL (
  SELECT pg_catalog.array_remove(ARRAY[
    ${Object.keys(onRelations)
      .map(
        privilege =>
          `CASE WHEN c.has_${privilege.toLowerCase()} AND NOT (c.chosen AND '${privilege}' = ANY ($4::pg_catalog.text[])) THEN '${privilege}' END`,
      )
      .join(',\n    ')}
  ], NULL) AS privileges
) AS has
WHERE has.privileges <> '{}'
ORDER BY c.nspname, c.relname
LIMIT $3`

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

/** System functions are left out, and those of extensions, which are made to be called. */
const functionsSql = `
SELECT p.proname AS name, n.nspname AS within, has.privileges,
  ${throughSql(`COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))`)} AS through,
  o.rolname::pg_catalog.text AS owner, o.rolsuper AS superuser,
  pg_catalog.count(*) OVER ()::int AS total
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
JOIN pg_catalog.pg_roles AS o ON o.oid = p.proowner
CROSS JOIN (SELECT ARRAY['EXECUTE'] AS privileges) AS has
WHERE p.prosecdef AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype
  AND p.prorettype <> 'pg_catalog.event_trigger'::pg_catalog.regtype
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e
    WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')
  AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
  AND pg_catalog.has_function_privilege(r.oid, p.oid, 'EXECUTE')
ORDER BY n.nspname, p.proname
LIMIT $2`
