import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../../src/model/identifier.ts'
import {
  type Database,
  type Grant,
  policySource,
  type Relation,
  type RelationName,
  superuser,
  type World,
} from './world.ts'

/** The world's roles, to be run as the superuser in any database. */
export function rolesSql({ roles, memberships, admin }: World, adminPassword: string): string[] {
  return [
    ...roles.map(({ name, options }) => {
      const password = name === admin.name ? ` PASSWORD ${quoteLiteral(adminPassword)}` : ''
      return `CREATE ROLE ${quoteIdentifier(name)} ${options}${password}`
    }),
    ...roles.flatMap(({ name, settings }) =>
      settings.map(setting => `ALTER ROLE ${quoteIdentifier(name)} SET ${setting}`),
    ),
    ...roles.flatMap(({ name, comment }) =>
      comment === null ? [] : [`COMMENT ON ROLE ${quoteIdentifier(name)} IS ${quoteLiteral(comment)}`],
    ),
    ...memberships.map(
      ({ role, member, options }) =>
        `GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(member)} ${options}`,
    ),
  ]
}

/** One statement, which is none for a transaction. */
export function createDatabaseSql({ name, owner }: Database): string {
  return `CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(owner)}`
}

/** Everything inside the database and its own privileges, to be run in it as the superuser. */
export function databaseSql(database: Database): string[] {
  const foreign = database.relations.some(relation => relation.source.kind === 'foreign-table')
  return [
    `SET search_path = ''`,
    ...database.schemas.map(({ name, owner }) =>
      name === 'public'
        ? `ALTER SCHEMA public OWNER TO ${quoteIdentifier(owner)}`
        : `CREATE SCHEMA ${quoteIdentifier(name)} AUTHORIZATION ${quoteIdentifier(owner)}`,
    ),
    ...(foreign
      ? [
          'CREATE FOREIGN DATA WRAPPER without_handler',
          'CREATE SERVER far FOREIGN DATA WRAPPER without_handler',
        ]
      : []),
    ...database.defaults.map(
      ({ owner, schema, privilege, to }) =>
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(owner)}${
          schema === null ? '' : ` IN SCHEMA ${quoteIdentifier(schema)}`
        } GRANT ${privilege} ON TABLES TO ${grantee(to)}`,
    ),
    ...database.relations.flatMap((relation, number) => relationSql(relation, number)),
    ...database.relations.flatMap(({ rowSecurity, ...relation }) =>
      rowSecurity === null ? [] : rowSecuritySql(relation, rowSecurity),
    ),
    ...database.relations.map(
      relation => `ALTER TABLE ${nameOf(relation)} OWNER TO ${quoteIdentifier(relation.owner)}`,
    ),
    ...(database.publicConnect
      ? []
      : [`REVOKE CONNECT ON DATABASE ${quoteIdentifier(database.name)} FROM PUBLIC`]),
    ...database.grants.flatMap(grant => grantSql(grant, database.name)),
  ]
}

function relationSql({ source, columns, ...relation }: Relation, number: number): string[] {
  const name = nameOf(relation)
  const list = `(${columns.map(column => `${quoteIdentifier(column)} int`).join(', ')})`
  switch (source.kind) {
    case 'table':
      return [`CREATE TABLE ${name} ${list}`, `INSERT INTO ${name} (id) VALUES (${number})`]
    case 'partitioned-table':
      return [`CREATE TABLE ${name} ${list} PARTITION BY LIST (id)`]
    case 'partition': {
      // A partition of a partition takes the values of the one above it, which came just before.
      const values = source.partitioned ? `(${number}, ${number + 1})` : `(${number})`
      return [
        `CREATE TABLE ${name} PARTITION OF ${nameOf(source.through)} FOR VALUES IN ${values}${
          source.partitioned ? ' PARTITION BY LIST (id)' : ''
        }`,
      ]
    }
    case 'view':
      return [
        `CREATE VIEW ${name}${source.invoker ? ' WITH (security_invoker = true)' : ''} AS ${selectOf(source.over)}`,
      ]
    case 'materialized-view':
      return [
        `CREATE MATERIALIZED VIEW ${name} AS ${selectOf(source.over)} WITH ${source.filled ? '' : 'NO '}DATA`,
      ]
    case 'foreign-table':
      return [`CREATE FOREIGN TABLE ${name} ${list} SERVER far`]
  }
}

function selectOf(over: RelationName | null): string {
  return over === null ? 'SELECT 1 AS id' : `SELECT * FROM ${nameOf(over)}`
}

function rowSecuritySql(relation: RelationName, rows: NonNullable<Relation['rowSecurity']>): string[] {
  const name = nameOf(relation)
  const source = qualifiedName(relation.schema, policySource)
  return [
    `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`,
    ...(rows.force ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`] : []),
    ...rows.policies.map(
      ({ to, readsOther }, number) =>
        `CREATE POLICY policy_${number} ON ${name} TO ${grantee(to)} USING (${
          readsOther ? `EXISTS (SELECT FROM ${source})` : 'true'
        })`,
    ),
  ]
}

/**
 * A grant as its grantor gives it. One that would close a circle of grant options (0LP01) is left out, as the
 * server leaves it out.
 */
function grantSql(grant: Grant, database: string): string[] {
  const { on, privilege, to, through, owner } = grant
  const object =
    on.kind === 'relation'
      ? `TABLE ${nameOf(on.relation)}`
      : on.kind === 'schema'
        ? `SCHEMA ${quoteIdentifier(on.schema)}`
        : `DATABASE ${quoteIdentifier(database)}`
  const what =
    on.kind === 'relation' && on.column !== null ? `${privilege} (${quoteIdentifier(on.column)})` : privilege
  const chain = through !== null && through !== owner && through !== to && through !== superuser
  const option = grant.grantOption && to !== owner ? ' WITH GRANT OPTION' : ''
  const last = `GRANT ${what} ON ${object} TO ${grantee(to)}${option}`
  if (!chain) return [unlessCircular(last)]
  return [
    ...(on.kind === 'relation'
      ? [`GRANT USAGE ON SCHEMA ${quoteIdentifier(on.relation.schema)} TO ${quoteIdentifier(through)}`]
      : []),
    unlessCircular(`GRANT ${what} ON ${object} TO ${quoteIdentifier(through)} WITH GRANT OPTION`),
    `SET ROLE ${quoteIdentifier(through)}`,
    unlessCircular(last),
    'RESET ROLE',
  ]
}

function unlessCircular(statement: string): string {
  return `DO ${quoteLiteral(
    `BEGIN EXECUTE ${quoteLiteral(statement)}; EXCEPTION WHEN invalid_grant_operation THEN NULL; END`,
  )}`
}

function grantee(role: string | null): string {
  return role === null ? 'PUBLIC' : quoteIdentifier(role)
}

function nameOf({ schema, name }: RelationName): string {
  return qualifiedName(schema, name)
}
