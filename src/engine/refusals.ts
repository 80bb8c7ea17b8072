import { printableName, qualifiedName, quoteIdentifier } from '../model/identifier.ts'
import { type Problem, ProblemError } from '../model/problem.ts'
import type { ChosenRelation } from '../plan/plan.ts'
import { type Attempt, isRefused } from './attempts.ts'
import { mapped, type Question, question, together } from './question.ts'

/** Relations and schemas that are tried, at most, for each database. */
const tried = 200

/** A name for what must not come into being. */
const proofName = 'pg_usher_proof'

/** Statements that are to be refused for want of privilege, and what it means where one is not. */
export interface ToRefuse {
  readonly statements: readonly string[]
  readonly contradiction: Problem['code']
  readonly words: string
}

/**
 * Asks for attempts to add and to delete rows in chosen relations, wherever the catalogue does not say that PUBLIC
 * or a membership allows it (then beyond.ts tells it). They need a transaction that may write: in a read-only one
 * everything is refused for another reason.
 */
export function writesToRefuse(login: string, chosen: readonly ChosenRelation[]): Question<ToRefuse> {
  const list = JSON.stringify(chosen.map(({ schema, name }) => ({ schema, name })))
  return question(
    { sql: notWritableSql, values: [login, list, tried] },
    (rows: readonly { readonly schema: string; readonly name: string }[]) => ({
      statements: rows
        .map(({ schema, name }) => qualifiedName(schema, name))
        .flatMap(name => [`INSERT INTO ${name} DEFAULT VALUES`, `DELETE FROM ${name} WHERE false`]),
      contradiction: 'write-allowed',
      words: `${printableName(login)} could write, which nothing explains`,
    }),
  )
}

/**
 * Asks for attempts to create a table in every schema, and a schema in the database, wherever the catalogue does
 * not say that PUBLIC or a membership allows it.
 */
export function createsToRefuse(login: string): Question<ToRefuse> {
  const parts = together({
    schemas: question(
      { sql: notCreatableSchemasSql, values: [login, tried] },
      (rows: readonly { readonly name: string }[]) =>
        rows.map(({ name }) => `CREATE TABLE ${qualifiedName(name, proofName)} ()`),
    ),
    database: question(
      { sql: notCreatableDatabaseSql, values: [login] },
      ([row]: readonly { readonly closed: boolean }[]) =>
        row?.closed === true ? [`CREATE SCHEMA ${quoteIdentifier(proofName)}`] : [],
    ),
  })
  return mapped(parts, ({ schemas, database }) => ({
    statements: [...schemas, ...database],
    contradiction: 'create-allowed',
    words: `${printableName(login)} could create objects, which nothing explains`,
  }))
}

/** How many of the attempts were refused for want of privilege. @throws ProblemError where one went through */
export function refusedOf(
  { statements, contradiction, words }: ToRefuse,
  attempts: readonly Attempt[],
): number {
  const through = attempts.findIndex(attempt => attempt.sqlstate === null)
  if (through >= 0) {
    throw new ProblemError({
      code: contradiction,
      message: `${words}: ${statements[through]} was not refused. It was taken back at once.`,
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
