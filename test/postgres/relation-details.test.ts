import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../src/model/identifier.ts'
import { type ColumnFacts, markPersonalData } from '../../src/model/personal-data.ts'
import { commentRules, commentWords } from '../../src/model/personal-data-rules.ts'
import { relationsIn } from '../../src/model/relation-columns.ts'
import { secret } from '../../src/model/secret.ts'
import type { ServerSession } from '../../src/postgres/client-session.ts'
import { connect } from '../../src/postgres/connect.ts'
import { readDetails } from '../../src/postgres/relation-details.ts'
import { readRelations } from '../../src/postgres/relations.ts'
import { hostileNames } from '../support/hostile-names.ts'
import { majorsInDepth, startServer, type TestServer } from '../support/server.ts'

/** Columns that the rules mark, that they leave alone, and that they mark only beside others. */
const columnsSql = [
  'id bigint',
  'email text',
  'email integer',
  '"customerEMail2" varchar(60)',
  'first_name text',
  'name text',
  'age integer',
  'ip inet',
  'gateway inet',
  'created_at timestamptz',
  'note text',
  'field_1 text',
  'salary numeric',
  'is_smoker boolean',
  'location point',
]

const commentsOfColumns = [
  'the date of birth',
  'PII',
  'No personal data',
  'Données personnelles',
  'number of e-mail addresses of the customer',
  'home Address of the person',
  'what is sold',
]

describe.each(majorsInDepth)('comments and marks of personal data on PostgreSQL %i', major => {
  let server: TestServer
  let session: ServerSession
  beforeAll(async () => {
    server = await startServer({ major })
    const tables = Array.from({ length: 60 }, (_, table) => {
      const columns = columnsSql.filter((_, column) => (table * 7 + column * column + column * table) % 5 < 2)
      const first = columns[table % columns.length] ?? columnsSql[0] ?? ''
      const name = `crowd.t${table}`
      const unique = columns.filter(each => each !== 'email integer' || !columns.includes('email text'))
      return [
        `CREATE TABLE ${name} (${[...unique, 'dropped_email text', `q${table} text`].join(', ')})`,
        `ALTER TABLE ${name} DROP COLUMN dropped_email`,
        ...(table % 3 === 0 ? [`COMMENT ON TABLE ${name} IS 'table ${table}'`] : []),
        ...(table % 2 === 0 && unique.includes(first)
          ? [
              `COMMENT ON COLUMN ${name}.${first.split(' ')[0]} IS ${quoteLiteral(commentsOfColumns[table % commentsOfColumns.length] ?? '')}`,
              `COMMENT ON COLUMN ${name}.q${table} IS ${quoteLiteral(commentsOfColumns[(table + 3) % commentsOfColumns.length] ?? '')}`,
            ]
          : []),
      ].join(';')
    })
    const hostile = hostileNames.flatMap(name => [
      `CREATE TABLE ${qualifiedName('hostile', name)} (${quoteIdentifier(name)} int, email text)`,
      `COMMENT ON TABLE ${qualifiedName('hostile', name)} IS ${quoteLiteral(`${name}\u0001${name}`)}`,
    ])
    const wide = Array.from({ length: 1599 }, (_, at) => `field_${at} smallint`)
    await server.sql(['CREATE SCHEMA crowd', 'CREATE SCHEMA hostile', ...tables, ...hostile].join(';\n'))
    await server.sql(`CREATE TABLE crowd.widest (${wide.join(', ')}, phone text)`)
    const result = await connect({
      host: server.host,
      port: server.port,
      database: 'postgres',
      user: server.adminUser,
      tls: 'disable',
      password: secret(server.adminPassword),
    })
    if (!result.ok) throw new Error(result.problem.message)
    session = result.value
  })
  afterAll(async () => {
    await session?.close()
    await server?.stop()
  })

  /** All columns of a schema, every one fetched. */
  async function allColumns(schema: string): Promise<Map<string, ColumnFacts[]>> {
    const rows = await server.sql(
      `SELECT c.relname AS relation, a.attname AS name, format_type(a.atttypid, NULL) AS type,
         col_description(c.oid, a.attnum) AS comment
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
       ORDER BY c.relname, a.attnum`,
      'postgres',
      [schema],
    )
    const columns = new Map<string, ColumnFacts[]>()
    for (const { relation, name, type, comment } of rows as unknown as (ColumnFacts & { relation: string })[])
      columns.set(relation, [...(columns.get(relation) ?? []), { name, type, comment }])
    return columns
  }

  it('marks what looking at every column marks, without fetching them', async () => {
    const read = await readDetails(session, await readRelations(session, ['crowd']))
    const relations = [...relationsIn(read.get('crowd') ?? null)]
    const columns = await allColumns('crowd')
    const sorted = (marks: readonly { readonly column: string }[]) =>
      marks.toSorted((a, b) => (a.column < b.column ? -1 : 1))
    let marked = 0
    for (const relation of relations) {
      const expected = markPersonalData(columns.get(relation.name) ?? [])
      expect([relation.name, sorted(relation.personalData)]).toEqual([relation.name, sorted(expected)])
      marked += expected.length
    }
    expect(relations).toHaveLength(61)
    expect(marked).toBeGreaterThan(80)
    expect(relations.find(each => each.name === 'widest')?.personalData.map(each => each.column)).toEqual([
      'phone',
    ])
    expect(relations.filter(each => each.comment !== null)).toHaveLength(20)
  })

  it('tells names and comments of any kind apart', async () => {
    const read = await readDetails(session, await readRelations(session, ['hostile']))
    const relations = [...relationsIn(read.get('hostile') ?? null)]
    expect(relations.map(each => each.name)).toEqual([...hostileNames].sort())
    for (const { name, comment, personalData } of relations) {
      expect(comment).toBe(`${name}\u0001${name}`)
      expect(personalData.map(each => each.column)).toContain('email')
    }
  })

  it('tells names apart that hold what stands between names', async () => {
    await server.sql(
      `CREATE SCHEMA between; CREATE TABLE between.${quoteIdentifier('a\u0001b')} (id int); CREATE TABLE between.c (id int)`,
    )
    const read = await readRelations(session, ['between', 'crowd'])
    expect([...relationsIn(read.get('between') ?? null)].map(each => each.name)).toEqual(['a\u0001b', 'c'])
    expect(read.get('crowd')?.length).toBe(61)
  })
})

/** Comments that the rules are about, one for each way to say it. */
const spoken =
  `e-mail address|the email of somebody|mail: email (work)|telephone number|phone number|mobile number|
  date of birth|birthdate|birth date|birthday|social security|passport no|passport number|national id|
  national insurance|tax id of the person|taxpayer id of customer|credit card number|card number|iban|bank account|
  diagnosis|medical condition|medical history|medical record|first name|maiden name|name of the applicant|
  name of owner|home address|postal address|street address|mailing address|residential address|ip address|pii|
  personal data|personally identifiable information|gdpr|dsgvo|personenbezogene Daten|données personnelles`
    .split('|')
    .map(comment => comment.trim())

it('lets the server leave out no comment that a rule is about', () => {
  const plain = (comment: string) => comment.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')
  for (const { pattern } of commentRules)
    expect(spoken.filter(comment => pattern.test(plain(comment))).length).toBeGreaterThan(0)
  for (const comment of spoken)
    expect([
      comment,
      commentRules.some(({ pattern }) => pattern.test(plain(comment))),
      commentWords.test(comment),
    ]).toEqual([comment, true, true])
})
