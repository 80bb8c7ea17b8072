import { printableName, qualifiedName, quoteIdentifier } from '../model/identifier.ts'
import { ProblemError } from '../model/problem.ts'
import type { ChosenRelation } from '../plan/plan.ts'
import type { Session } from '../postgres/session.ts'
import { type AttemptOptions, isRefused, tryEach } from './attempts.ts'

/** Relations and schemas that are tried, at most, for each database. */
const tried = 200

/** A name for what must not come into being. */
const proofName = 'pg_usher_proof'

/**
 * Tries to add and to delete rows in chosen relations, wherever the catalogue does not say that PUBLIC or a
 * membership allows it (then beyond.ts tells it). The transaction must be one that may write: in a read-only
 * one everything is refused for another reason.
 * @returns how many attempts were refused for want of privilege
 * @throws ProblemError `write-allowed`
 */
export async function refusedWrites(
  session: Session,
  login: string,
  chosen: readonly ChosenRelation[],
  options: AttemptOptions,
): Promise<number> {
  const list = JSON.stringify(chosen.map(({ schema, name }) => ({ schema, name })))
  const relations = await session.query<{ schema: string; name: string }>(notWritableSql, [
    login,
    list,
    tried,
  ])
  const names = relations.map(({ schema, name }) => qualifiedName(schema, name))
  return refused(
    session,
    names.flatMap(name => [`INSERT INTO ${name} DEFAULT VALUES`, `DELETE FROM ${name} WHERE false`]),
    options,
    `${printableName(login)} could write, which nothing explains`,
    'write-allowed',
  )
}

/**
 * Tries to create a table in every schema, and a schema in the database, wherever the catalogue does not say
 * that PUBLIC or a membership allows it.
 * @returns how many attempts were refused for want of privilege
 * @throws ProblemError `create-allowed`
 */
export async function refusedCreates(
  session: Session,
  login: string,
  options: AttemptOptions,
): Promise<number> {
  const schemas = await session.query<{ name: string }>(notCreatableSchemasSql, [login, tried])
  const [database] = await session.query<{ closed: boolean }>(notCreatableDatabaseSql, [login])
  const name = quoteIdentifier(proofName)
  return refused(
    session,
    [
      ...schemas.map(schema => `CREATE TABLE ${qualifiedName(schema.name, proofName)} ()`),
      ...(database?.closed === true ? [`CREATE SCHEMA ${name}`] : []),
    ],
    options,
    `${printableName(login)} could create objects, which nothing explains`,
    'create-allowed',
  )
}

async function refused(
  session: Session,
  statements: readonly string[],
  options: AttemptOptions,
  contradiction: string,
  code: string,
): Promise<number> {
  const attempts = await tryEach(session, statements, options)
  const through = attempts.findIndex(attempt => attempt.sqlstate === null)
  if (through >= 0) {
    throw new ProblemError({
      code,
      message: `${contradiction}: ${statements[through]} was not refused. It was taken back at once.`,
      next: 'Look at rules, triggers and privileges there by hand before you go on.',
    })
  }
  return attempts.filter(isRefused).length
}

/** A materialized view is left out: nobody can write to one. */
const notWritableSql = `
SELECT w.schema, w.name
FROM ROWS FROM (
  pg_catalog.json_to_recordset($2::pg_catalog.json) AS (schema pg_catalog.name, name pg_catalog.name)
) WITH ORDINALITY AS w (schema, name, place)
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'f')
WHERE NOT pg_catalog.has_any_column_privilege(r.oid, c.oid, 'INSERT')
  AND NOT pg_catalog.has_table_privilege(r.oid, c.oid, 'DELETE')
ORDER BY w.place
LIMIT $3`

const notCreatableSchemasSql = `
SELECT n.nspname AS name
FROM pg_catalog.pg_namespace AS n
JOIN pg_catalog.pg_roles AS r ON r.rolname = $1
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')
ORDER BY n.nspname
LIMIT $2`

const notCreatableDatabaseSql = `
SELECT NOT pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE') AS closed
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = $1`
