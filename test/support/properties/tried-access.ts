import type pg from 'pg'
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../../src/model/identifier.ts'
import type { Database, Relation } from './world.ts'

/** What one login could do with one relation when it tried. */
export interface Tried {
  readonly relation: Relation
  /** Reading all columns, whatever the rows. */
  readonly read: Answer
  /** Whether row-level security applies to the login. */
  readonly secured: boolean
  /** Whether SELECT is there on at least one column, though what lies behind may not be readable. */
  readonly someSelect: boolean
  readonly insert: boolean
  readonly delete: boolean
  readonly truncate: boolean
  /** Whether a lock was given that takes UPDATE, DELETE, TRUNCATE or MAINTAIN (manual, LOCK). */
  readonly lock: boolean
}

export interface Answer {
  /** null where it went through. */
  readonly sqlstate: string | null
  readonly message: string
  readonly rows: number
}

/**
 * Tries everything as the client's own login, relation by relation, in subtransactions that are rolled back.
 * It knows the relations from the world, asks the catalogue nothing, and shares no code with the engine.
 */
export async function tryRelations(client: pg.Client, database: Database): Promise<Tried[]> {
  const statements = database.relations.flatMap(relation => {
    const name = qualifiedName(relation.schema, relation.name)
    return [
      `SELECT * FROM ${name} LIMIT 3`,
      `SELECT 1 FROM ${name} LIMIT 0`,
      `SET LOCAL row_security = off; SELECT * FROM ${name} LIMIT 0`,
      `INSERT INTO ${name} DEFAULT VALUES`,
      `DELETE FROM ${name} WHERE false`,
      `TRUNCATE ${name}`,
      `LOCK TABLE ${name} IN SHARE UPDATE EXCLUSIVE MODE`,
    ]
  })
  const answers = await tryInside(client, statements)
  const tried: Tried[] = []
  for (const [at, relation] of database.relations.entries()) {
    const [read, some, unsecured, insert, remove, truncate, lock] = answers.slice(at * 7, at * 7 + 7)
    if (!read || !some || !unsecured || !insert || !remove || !truncate || !lock)
      throw new Error('an attempt has no answer')
    tried.push({
      relation,
      read,
      secured: unsecured.message.startsWith('query would be affected by row-level security'),
      someSelect: await hasSelect(client, relation, some),
      insert: !isDenied(insert, relation),
      delete: !isDenied(remove, relation),
      truncate: !isDenied(truncate, relation),
      lock: !isDenied(lock, relation),
    })
  }
  return tried
}

/** Whether the client's login could make a table in each of the schemas. */
export async function tryCreate(client: pg.Client, schemas: readonly string[]): Promise<boolean[]> {
  const answers = await tryInside(
    client,
    schemas.map(schema => `CREATE TABLE ${qualifiedName(schema, 'made by nobody')} ()`),
  )
  return answers.map(answer => answer.sqlstate === null)
}

/** Runs each statement in the client's session in a subtransaction and rolls it back. */
export async function tryInside(client: pg.Client, statements: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = []
  const take = (notice: { message?: string | undefined; code?: string | undefined }) => {
    if (notice.code !== '0TRY0') return
    const [sqlstate = '', rows = '0', ...message] = (notice.message ?? '').split('|')
    answers.push({
      sqlstate: sqlstate === 'WENT0' ? null : sqlstate,
      rows: Number(rows),
      message: message.join('|'),
    })
  }
  client.on('notice', take)
  try {
    await client.query(`BEGIN READ WRITE; SET LOCAL client_min_messages = notice;
DO ${quoteLiteral(`DECLARE
  statement text;
  number bigint;
BEGIN
  FOREACH statement IN ARRAY ARRAY[${statements.map(quoteLiteral).join(', ')}]::text[] LOOP
    number := 0;
    BEGIN
      EXECUTE statement;
      GET DIAGNOSTICS number = ROW_COUNT;
      RAISE EXCEPTION 'rolled back' USING ERRCODE = 'WENT0';
    EXCEPTION WHEN OTHERS THEN
      RAISE NOTICE USING ERRCODE = '0TRY0', MESSAGE = SQLSTATE || '|' || number || '|' || SQLERRM;
    END;
  END LOOP;
END`)};
ROLLBACK`)
  } finally {
    client.off('notice', take)
  }
  if (answers.length !== statements.length) throw new Error('the server has not answered every attempt')
  return answers
}

/**
 * A view may be granted while what it reads is not, and a foreign table without a handler fails before its
 * privileges are looked at. COPY looks at the privileges of what it names first, and only then says that it
 * copies no view and no foreign table (42809).
 */
async function hasSelect(client: pg.Client, relation: Relation, some: Answer): Promise<boolean> {
  const { kind } = relation.source
  if (some.sqlstate === null) return true
  const name = qualifiedName(relation.schema, relation.name)
  if (kind === 'view' || kind === 'foreign-table') {
    for (const column of relation.columns) {
      const copied = await client
        .query(`COPY ${name} (${quoteIdentifier(column)}) TO STDOUT`)
        .then(() => null)
        .catch((error: { code?: string; message: string }) => error)
      if (copied?.code === '42809') return true
      if (copied?.code !== '42501') throw new Error(`COPY of ${name}: ${copied?.message ?? 'went through'}`)
    }
    return false
  }
  return !isDenied(some, relation)
}

/**
 * Whether the login was refused for want of a privilege on the relation itself (or on its schema): a policy may
 * read from another table, which is then the one that is refused, and may refuse rows with the same SQLSTATE.
 */
export function isDenied({ sqlstate, message }: Answer, relation: { readonly name: string }): boolean {
  if (sqlstate !== '42501') return false
  const named = /^permission denied for (?:table|materialized view|view|foreign table) (.*)$/s.exec(message)
  return named === null ? message.startsWith('permission denied for schema ') : named[1] === relation.name
}
