import { quoteIdentifier, quoteLiteral } from '../../src/model/identifier.ts'

/** How large a catalogue is to be. */
export interface CatalogueShape {
  readonly relations: number
  /** As many schemas, the first ones far larger than the last; 200 when left out. */
  readonly schemas?: number
  /** So many of the tables have 1,600 columns, the most that PostgreSQL allows; 2 when left out. */
  readonly widest?: number
}

/** Runs several statements at once. */
export type RunSql = (sql: string) => Promise<unknown>

/**
 * Fills a database with relations as one finds them behind a data catalogue: names of varied length, tables,
 * views, partitions, foreign tables, comments, several owners, grants. The same every time. 100,000 take about
 * a minute with fsync off.
 * @param sessions run side by side; as a superuser
 */
export async function createLargeCatalogue(
  sessions: readonly RunSql[],
  { relations, schemas = 200, widest = 2 }: CatalogueShape,
): Promise<void> {
  const [first] = sessions
  if (first === undefined) return
  await first(rolesSql)
  await first(schemasSql(schemas))
  const batches = batchesOf(relations, schemas)
  await Promise.all(
    sessions.map(async run => {
      for (const batch of batches) await run(batch)
    }),
  )
  for (let number = 0; number < widest; number += 1) await first(widestTableSql(number))
  await first(statisticsSql)
}

/** The owners of the relations, and two roles that some are granted to. */
export const owners = ['warehouse', 'billing', 'Legacy ERP', 'ingest', 'analytics'] as const
const readers = ['reporting', 'steward'] as const

const rolesSql = [...owners, ...readers]
  .map(
    role =>
      `DO $$ BEGIN CREATE ROLE ${quoteIdentifier(role)}; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
  )
  .join(';\n')

const areas = ['sales', 'crm', 'dwh_mart', 'stage', 'archive', 'hr', 'iot', 'finance_reporting', 'Web Shop']

/** The name of the schema with this number. */
export function schemaName(number: number): string {
  return `${areas[number % areas.length] ?? ''}_${String(number).padStart(3, '0')}`
}

function schemasSql(count: number): string {
  const all = owners.map(quoteIdentifier).join(', ')
  const schemas = Array.from({ length: count }, (_, number) => {
    const name = quoteIdentifier(schemaName(number))
    const owner = quoteIdentifier(owners[number % owners.length] ?? owners[0])
    return `CREATE SCHEMA ${name} AUTHORIZATION ${owner}; GRANT ALL ON SCHEMA ${name} TO ${all}`
  })
  return [
    'CREATE FOREIGN DATA WRAPPER nothing',
    'CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing',
    `GRANT USAGE ON FOREIGN SERVER elsewhere TO ${all}`,
    ...schemas,
  ].join(';\n')
}

/** Relations of one batch: one implicit transaction, far below what the lock table holds. */
const batchSize = 200

function* batchesOf(relations: number, schemas: number): Generator<string> {
  const random = randomFrom(20_261_122)
  for (let from = 0; from < relations; from += batchSize) {
    const owner = owners[(from / batchSize) % owners.length] ?? owners[0]
    const statements = [`SET LOCAL ROLE ${quoteIdentifier(owner)}`]
    let parent = ''
    for (let number = from; number < Math.min(from + batchSize, relations); number += 1) {
      // Every schema has one at least; most are in the first few.
      const schema = number < schemas ? number : Math.floor(schemas * random() ** 3)
      const name = `${quoteIdentifier(schemaName(schema))}.${quoteIdentifier(relationName(number, random, schema))}`
      if (kindOf(number) === 'partitioned-table') parent = name
      statements.push(...relationSql(number, name, parent, random))
    }
    yield statements.join(';\n')
  }
}

type Kind = 'table' | 'view' | 'materialized-view' | 'partitioned-table' | 'partition' | 'foreign-table'

function kindOf(number: number): Kind {
  const place = number % 100
  if (place < 80) return 'table'
  if (place < 88) return 'view'
  if (place < 90) return 'materialized-view'
  if (place === 90 || place === 94) return 'partitioned-table'
  return place < 98 ? 'partition' : 'foreign-table'
}

/** Whole departments name their tables in another language; elsewhere names are in English letters. */
const otherWords = `Kunde Rechnung Straße Größe 注文 顧客 在庫 clé_étrangère`.split(' ')
const words = `customer order invoice payment product inventory shipment user account session event log
  metric report daily history item price tax region country address contact message subscription
  reconciliation_entry general_ledger_posting clickstream campaign_attribution`.split(/\s+/)
const endings = ['', '', '', '_audit', '_hist', '_2025_07', '_v2', '_tmp', '_stg']

/** From 8 to 62 bytes, each once. */
function relationName(number: number, random: () => number, schema: number): string {
  const count = 1 + Math.floor(3 * random() ** 2)
  const known = schema % 8 === 7 ? otherWords : words
  const some = Array.from({ length: count }, () => pick(known, random))
  // As an object-relational mapper names them, for a part.
  const joined = schema % 8 === 3 ? some.map(capitalized).join('') : some.join('_')
  return `${joined.slice(0, 40)}_${number.toString(36)}${pick(endings, random)}`
}

function capitalized(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`
}

const columns =
  `customer_id bigint,email varchar(20),first_name varchar(20),last_name varchar(20),amount numeric(12,2),
  currency char(3),created_at timestamptz,updated_at timestamptz,status smallint,quantity integer,sku varchar(20),
  phone varchar(20),birth_date date,country_code char(2),city varchar(20),zip varchar(10),note varchar(20),
  is_active boolean,score real,parent_id bigint,valid_from date,valid_to date,ip_address inet,name varchar(20),
  age integer,payload_hash bytea,source varchar(20),batch_no integer,rate numeric(8,4),iban varchar(20)`
    .split(/,\s*(?=[a-z])/)
    .map(column => column.trim())

function relationSql(number: number, name: string, parent: string, random: () => number): string[] {
  const count = 2 + Math.floor(12 * random())
  const start = Math.floor(columns.length * random())
  const some = Array.from({ length: count }, (_, at) => columns[(start + at) % columns.length] ?? '')
  const body = `(id bigint, ${some.join(', ')})`
  const kind = kindOf(number)
  const create: Readonly<Record<Kind, string>> = {
    table: `CREATE TABLE ${name} ${body}`,
    view: `CREATE VIEW ${name} AS SELECT 1 AS id, ''::varchar(20) AS email, now() AS created_at`,
    'materialized-view': `CREATE MATERIALIZED VIEW ${name} AS SELECT 1 AS id, 2 AS quantity`,
    'partitioned-table': `CREATE TABLE ${name} ${body} PARTITION BY RANGE (id)`,
    partition: `CREATE TABLE ${name} PARTITION OF ${parent} FOR VALUES FROM (${number}) TO (${number + 1})`,
    'foreign-table': `CREATE FOREIGN TABLE ${name} ${body} SERVER elsewhere`,
  }
  const statements = [create[kind]]
  const what = kind === 'partition' || kind === 'partitioned-table' ? 'TABLE' : kindWords[kind]
  if (number % 4 === 0)
    statements.push(
      `COMMENT ON ${what} ${name} IS ${quoteLiteral(`${pick(words, random)} as the ${pick(words, random)} job writes it, one row a ${pick(words, random)}`)}`,
    )
  if (number % 20 === 0)
    statements.push(`COMMENT ON COLUMN ${name}.id IS 'surrogate key; no business meaning'`)
  if (number % 10 === 0) statements.push(`GRANT SELECT ON ${name} TO ${readers[0]}`)
  if (number % 50 === 7)
    statements.push(`GRANT SELECT, REFERENCES ON ${name} TO ${readers[1]} WITH GRANT OPTION`)
  return statements
}

const kindWords = {
  table: 'TABLE',
  view: 'VIEW',
  'materialized-view': 'MATERIALIZED VIEW',
  'foreign-table': 'FOREIGN TABLE',
} as const

function widestTableSql(number: number): string {
  const all = Array.from({ length: 1600 }, (_, at) => `field_${at} smallint`)
  return `CREATE TABLE ${quoteIdentifier(schemaName(0))}.widest_${number} (${all.join(', ')})`
}

/** Sizes as if there were rows, and as if ANALYZE had seen most of them. */
const statisticsSql = `
UPDATE pg_catalog.pg_class AS c
SET relpages = (c.oid::int8 * 7919 % 4096)::int4, reltuples = (c.oid::int8 * 104729 % 5000000)::float4
FROM pg_catalog.pg_namespace AS n
WHERE n.oid = c.relnamespace AND c.relkind IN ('r', 'm') AND c.oid::int8 % 10 <> 0 AND c.oid >= 16384`

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(items.length * random())] as Item
}

/** A small generator of pseudo-random numbers in [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
