import type { AclPrivilege } from '../model/acl.ts'
import { type Assuming, assumableFor, type Grantable } from '../model/assumable.ts'
import type {
  Assumable,
  CatalogueDatabase,
  CatalogueSchema,
  Creator,
  DefaultPrivileges,
  Relation,
  RelationKind,
} from '../model/catalogue.ts'
import { markPersonalData } from '../model/personal-data.ts'
import { ProblemError } from '../model/problem.ts'
import { assumableSql, enteredBySql } from './queries/assumable.ts'
import { columnsSql, databaseSql, databasesSql, relationsSql, schemasSql } from './queries/catalogue.ts'
import type { Session } from './session.ts'

/** A database as the server's list has it, before anything in it was read. */
export interface DatabaseSummary extends Pick<CatalogueDatabase, 'name' | 'owner' | 'acl' | 'grantable'> {
  /** Whether this administrator has CONNECT there. */
  readonly connectable: boolean
}

/** The databases of the server that can be connected to, templates left out. @throws ProblemError */
export async function listDatabases(session: Session): Promise<DatabaseSummary[]> {
  const [databases, assumable] = await Promise.all([
    session.query<DatabaseSummary>(databasesSql),
    readAssumable(session),
  ])
  return databases.map(database => ({ ...database, grantable: connectGrantable(database, assumable) }))
}

/** The roles that this administrator may become. @throws ProblemError */
function readAssumable(session: Session): Promise<Assumable[]> {
  return session.query<Assumable>(assumableSql)
}

/** Who of the administrator and those roles may enter each schema; a schema that none may enter has no entry. */
async function readEntered(
  session: Session,
  assumable: readonly Assumable[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await session.query<{ schema: string; roles: readonly string[] }>(enteredBySql, [
    assumable.map(({ role }) => role),
  ])
  return new Map(rows.map(({ schema, roles }) => [schema, roles]))
}

/** The session's database with its schemas; their relations are read later. @throws ProblemError */
export async function readDatabase(session: Session): Promise<CatalogueDatabase> {
  const [databases, schemas, assumable] = await Promise.all([
    session.query<DatabaseRow>(databaseSql),
    session.query<SchemaRow>(schemasSql),
    readAssumable(session),
  ])
  const entered = await readEntered(session, assumable)
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

/**
 * The relations of these schemas of the session's database, by name; a schema without any, or that is gone,
 * has an empty list. Four queries, however many there are. @throws ProblemError
 */
export async function readRelations(
  session: Session,
  schemas: readonly string[],
): Promise<Map<string, Relation[]>> {
  const [relations, columns, assumable] = await Promise.all([
    session.query<RelationRow>(relationsSql, [schemas]),
    session.query<ColumnsRow>(columnsSql, [schemas]),
    readAssumable(session),
  ])
  const entered = await readEntered(session, assumable)
  const columnsOf = new Map(columns.map(row => [row.oid, row.columns]))
  const found = new Map<string, Relation[]>(schemas.map(schema => [schema, []]))
  for (const row of relations) {
    const kind = kinds[row.kind]
    if (kind === undefined) continue
    const roles = entered.get(row.schema) ?? []
    const entering = {
      self: roles.includes(session.user),
      others: assumable.filter(each => roles.includes(each.role)),
    }
    found.get(row.schema)?.push(relationOf(row, kind, columnsOf.get(row.oid) ?? [], entering))
  }
  for (const list of found.values()) list.sort((a, b) => (a.name < b.name ? -1 : 1))
  return found
}

interface DatabaseRow extends Omit<DatabaseSummary, 'connectable'> {
  readonly defaultOwner: string | null
  readonly defaultSchema: string | null
  readonly defaultAcl: string | null
}

type SchemaRow = Omit<CatalogueSchema, 'relations' | 'creators'> & {
  readonly creators: readonly Creator[] | null
}

interface RelationRow extends Omit<Relation, 'kind' | 'rows' | 'personalData'> {
  readonly schema: string
  readonly kind: string
  readonly tuples: number
}

type ColumnTuple = readonly [name: string, type: string, comment: string | null]

interface ColumnsRow {
  readonly oid: number
  readonly columns: readonly ColumnTuple[]
}

const kinds: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned-table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
}

function defaultPrivilegesOf(row: DatabaseRow): DefaultPrivileges[] {
  if (row.defaultOwner === null || row.defaultAcl === null) return []
  return [{ owner: row.defaultOwner, schema: row.defaultSchema, acl: row.defaultAcl }]
}

function relationOf(
  row: RelationRow,
  kind: RelationKind,
  columns: readonly ColumnTuple[],
  entering: { readonly self: boolean; readonly others: readonly Assumable[] },
): Relation {
  // pg_database_owner owns no relation (manual, 21.5), so it does not matter whose the database is.
  const assuming = { assumable: entering.others, databaseOwner: '' }
  return {
    oid: row.oid,
    name: row.name,
    kind,
    owner: row.owner,
    acl: row.acl,
    rows: rowsOf(row.tuples, kind),
    bytes: row.bytes,
    comment: row.comment,
    grantable:
      (row.grantable && entering.self) || mayAssume({ ...row, type: 'relation' }, 'SELECT', assuming),
    partition: row.partition,
    rowSecurity: row.rowSecurity,
    populated: row.populated,
    personalData: markPersonalData(columns.map(([name, type, comment]) => ({ name, type, comment }))),
  }
}

/** reltuples is -1 before the first ANALYZE; where there is no storage to count it stays 0. */
function rowsOf(tuples: number, kind: RelationKind): number | null {
  const counted = kind === 'view' || kind === 'foreign-table' ? tuples > 0 : tuples >= 0
  return counted ? tuples : null
}
