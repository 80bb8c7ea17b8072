import { randomUUID } from 'node:crypto'
import { type AdminPrivileges, mayGrant } from '../model/admin-privileges.ts'
import type { Assumable, RelationKind } from '../model/catalogue.ts'
import { ProblemError } from '../model/problem.ts'
import {
  bitsOf,
  buildRelationColumns,
  type RelationAccess,
  type RelationColumns,
  type RelationRows,
} from '../model/relation-columns.ts'
import type { Sliced } from '../model/sliced.ts'
import { inSlices, othersTurn } from './in-slices.ts'
import { adminSql, assumableSql, enteredBySql } from './queries/assumable.ts'
import { blockSizeSql, relationsSql } from './queries/catalogue.ts'
import type { Session } from './session.ts'

/** In no name that a person would give; a name that has it all the same is met by another one. */
const usualSeparator = '\u0001'

/**
 * The relations of these schemas of the session's database, without their details; a schema without any, or
 * that is gone, has none. One round trip, however many there are, and no pause of more than some milliseconds.
 * @throws ProblemError
 */
export async function readRelations(
  session: Session,
  schemas: readonly string[],
): Promise<Map<string, RelationColumns>> {
  const usual = await readGroups(session, schemas, usualSeparator)
  // Longer than a name can be (63 bytes), so in none of them.
  const read = usual ?? (await readGroups(session, schemas, randomUUID().repeat(2)))
  if (read === null) throw new ProblemError(unreadable)
  const groups = new Map<string, RelationGroup[]>(schemas.map(schema => [schema, []]))
  for (const group of read.groups) groups.get(group.schema)?.push(group)
  const found = new Map<string, RelationColumns>()
  const sharing = { ...read, share: sharedAccesses() }
  for (const [schema, its] of groups) {
    const entering = read.entered.get(schema) ?? []
    found.set(schema, await inSlices(columnsOf(its, sharing, entering)))
    await othersTurn()
  }
  return found
}

const unreadable = { code: 'not-postgres', message: 'The names of the relations could not be told apart.' }

/** Relations of one schema with one owner and one access control list, as relationsSql packs them. */
interface RelationGroup {
  readonly schema: string
  readonly owner: string
  readonly acl: string | null
  readonly names: readonly string[]
  readonly oids: Uint32Array
  readonly pages: Uint32Array
  readonly tuples: Float32Array
  /** pg_class.relkind, a letter each. */
  readonly kinds: string
  /** A digit each: 1 a partition, 2 row-level security, 4 populated. */
  readonly flags: string
}

type GroupRow = Omit<RelationGroup, 'names' | 'oids' | 'pages' | 'tuples'> & {
  readonly relations: number
  readonly names: string
  readonly oids: string
  readonly pages: string
  readonly tuples: string
}

interface ReadGroups {
  readonly groups: readonly RelationGroup[]
  readonly admin: AdminPrivileges
  readonly entered: ReadonlyMap<string, readonly string[]>
  readonly blockSize: number
}

type RelationsAnswers = [
  GroupRow[],
  Omit<AdminPrivileges, 'assumable'>[],
  Assumable[],
  { readonly schema: string; readonly roles: readonly string[] }[],
  { readonly blockSize: number }[],
]

/** null where the separator turned out to be in a name. */
async function readGroups(
  session: Session,
  schemas: readonly string[],
  separator: string,
): Promise<ReadGroups | null> {
  const [groups, [admin], assumable, entered, [block]] = await session.queryEach<RelationsAnswers>([
    relationsSql(schemas, separator),
    adminSql,
    assumableSql,
    enteredBySql,
    blockSizeSql,
  ])
  if (admin === undefined || block === undefined) throw new ProblemError(unreadable)
  const split: RelationGroup[] = []
  for (const row of groups) {
    await othersTurn()
    const names = row.names.split(separator)
    if (names.length !== row.relations) return null
    split.push({
      ...row,
      names,
      oids: new Uint32Array(unpacked(row.oids)),
      pages: new Uint32Array(unpacked(row.pages)),
      tuples: new Float32Array(unpacked(row.tuples)),
    })
  }
  return {
    groups: split,
    admin: { ...admin, assumable },
    entered: new Map(entered.map(({ schema, roles }) => [schema, roles])),
    blockSize: block.blockSize,
  }
}

/** The bytes of packed values, in this machine's order (PostgreSQL sends the highest byte first). */
export function unpacked(base64: string): ArrayBuffer {
  const bytes = Buffer.from(base64, 'base64')
  const own = new Uint8Array(bytes).buffer
  const view = new DataView(own)
  const values = new Uint32Array(own)
  for (let at = 0; at < values.length; at += 1) values[at] = view.getUint32(4 * at)
  return own
}

type ShareAccess = (access: RelationAccess) => RelationAccess

/** Gives one value for all that are alike: a thousand schemas have a handful of owners and lists. */
function sharedAccesses(): ShareAccess {
  const known = new Map<string, RelationAccess>()
  return access => {
    const key = JSON.stringify(access)
    const shared = known.get(key) ?? access
    known.set(key, shared)
    return shared
  }
}

/** The columns of one schema, from its groups. */
function* columnsOf(
  groups: readonly RelationGroup[],
  { admin, blockSize, share }: Pick<ReadGroups, 'admin' | 'blockSize'> & { readonly share: ShareAccess },
  enteredBy: readonly string[],
): Sliced<RelationColumns> {
  const length = groups.reduce((sum, group) => sum + group.names.length, 0)
  const names: string[] = []
  const accesses: RelationAccess[] = []
  const rows: Omit<RelationRows, 'names' | 'accesses' | 'blockSize'> = {
    oids: new Uint32Array(length),
    bits: new Uint8Array(length),
    access: new Uint32Array(length),
    tuples: new Float32Array(length),
    pages: new Uint32Array(length),
  }
  for (const { owner, acl, ...group } of groups) {
    const object = { type: 'relation', owner, acl } as const
    const grantable = mayGrant(object, ['SELECT'], admin, enteredBy)
    const access = accesses.push(share({ owner, acl, grantable })) - 1
    for (const [at, name] of group.names.entries()) {
      const row = names.push(name) - 1
      rows.oids[row] = group.oids[at] ?? 0
      rows.bits[row] = bitsFrom(group.kinds[at] ?? '', Number(group.flags[at]))
      rows.access[row] = access
      rows.tuples[row] = group.tuples[at] ?? -1
      rows.pages[row] = group.pages[at] ?? 0
      if (row % 4096 === 0) yield
    }
  }
  return yield* buildRelationColumns({ ...rows, names, accesses, blockSize })
}

const kinds: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned-table',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
}

function bitsFrom(kind: string, flags: number): number {
  return bitsOf({
    kind: kinds[kind] ?? 'table',
    partition: (flags & 1) !== 0,
    rowSecurity: (flags & 2) !== 0,
    populated: (flags & 4) !== 0,
  })
}
