import type { AclPrivilege } from '../model/acl.ts'
import { type Assuming, assumableFor, type Grantable } from '../model/assumable.ts'
import type {
  Assumable,
  CatalogueDatabase,
  CatalogueSchema,
  Creator,
  DefaultPrivileges,
} from '../model/catalogue.ts'
import { ProblemError } from '../model/problem.ts'
import { assumableSql, enteredBySql } from './queries/assumable.ts'
import { databaseSql, databasesSql, schemasSql } from './queries/catalogue.ts'
import type { Session } from './session.ts'

/** A database as the server's list has it, before anything in it was read. */
export interface DatabaseSummary extends Pick<CatalogueDatabase, 'name' | 'owner' | 'acl' | 'grantable'> {
  /** Whether this administrator has CONNECT there. */
  readonly connectable: boolean
}

/** The databases of the server that can be connected to, templates left out. @throws ProblemError */
export async function listDatabases(session: Session): Promise<DatabaseSummary[]> {
  const [databases, assumable] = await session.queryEach<[DatabaseSummary[], Assumable[]]>([
    databasesSql,
    assumableSql,
  ])
  return summariesOf(databases, assumable)
}

/** The server's databases and, counted, what the session's own holds: in one round trip. @throws ProblemError */
export async function readTree(
  session: Session,
): Promise<{ readonly databases: readonly DatabaseSummary[]; readonly here: CatalogueDatabase }> {
  const [databases, ...rest] = await session.queryEach<[DatabaseSummary[], ...DatabaseAnswers]>([
    databasesSql,
    ...databaseStatements,
  ])
  return { databases: summariesOf(databases, rest[2]), here: databaseOf(rest) }
}

function summariesOf(
  databases: readonly DatabaseSummary[],
  assumable: readonly Assumable[],
): DatabaseSummary[] {
  return databases.map(database => ({ ...database, grantable: connectGrantable(database, assumable) }))
}

/** The session's database with its schemas, in one round trip; their relations are read later. @throws ProblemError */
export async function readDatabase(session: Session): Promise<CatalogueDatabase> {
  return databaseOf(await session.queryEach<DatabaseAnswers>(databaseStatements))
}

const databaseStatements = [databaseSql, schemasSql, assumableSql, enteredBySql]

type DatabaseAnswers = [DatabaseRow[], SchemaRow[], Assumable[], EnteredRow[]]

interface EnteredRow {
  readonly schema: string
  readonly roles: readonly string[]
}

function databaseOf([databases, schemas, assumable, enteredRows]: DatabaseAnswers): CatalogueDatabase {
  const entered = new Map(enteredRows.map(({ schema, roles }) => [schema, roles]))
  const [database] = databases
  if (database === undefined) {
    throw new ProblemError({
      code: 'not-postgres',
      message: 'The server does not know the database it opened.',
    })
  }
  return {
    name: database.name,
    owner: database.owner,
    acl: database.acl,
    grantable: connectGrantable(database, assumable),
    unreadable: null,
    schemas: schemas.map(({ creators, ...schema }) => ({
      ...schema,
      grantable:
        schema.grantable ||
        mayAssume({ ...schema, type: 'schema' }, 'USAGE', { assumable, databaseOwner: database.owner }),
      relations: null,
      enteredBy: entered.get(schema.name) ?? [],
      creators: (creators ?? []).map(creator => ({
        ...creator,
        alterable: creator.alterable || assumable.some(each => each.role === creator.role),
      })),
    })),
    defaultPrivileges: databases.flatMap(defaultPrivilegesOf),
    assumable,
  }
}

function connectGrantable(
  database: Pick<CatalogueDatabase, 'owner' | 'acl' | 'grantable'>,
  assumable: readonly Assumable[],
): boolean {
  const assuming = { assumable, databaseOwner: database.owner }
  return database.grantable || mayAssume({ ...database, type: 'database' }, 'CONNECT', assuming)
}

function mayAssume(object: Grantable, privilege: AclPrivilege, assuming: Assuming): boolean {
  return assumableFor(object, [privilege], assuming) !== null
}

interface DatabaseRow extends Omit<DatabaseSummary, 'connectable'> {
  readonly defaultOwner: string | null
  readonly defaultSchema: string | null
  readonly defaultAcl: string | null
}

type SchemaRow = Omit<CatalogueSchema, 'relations' | 'creators'> & {
  readonly creators: readonly Creator[] | null
}

function defaultPrivilegesOf(row: DatabaseRow): DefaultPrivileges[] {
  if (row.defaultOwner === null || row.defaultAcl === null) return []
  return [{ owner: row.defaultOwner, schema: row.defaultSchema, acl: row.defaultAcl }]
}
