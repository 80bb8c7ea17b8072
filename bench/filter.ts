import { atOnce } from '../src/model/sliced.ts'
import { readTree } from '../src/postgres/catalogue.ts'
import { connect } from '../src/postgres/connect.ts'
import { readRelations } from '../src/postgres/relations.ts'
import { createTokenizer } from '../src/terminal/tokenizer.ts'
import { type FilterGroup, relationFilter } from '../src/wizard/relation-filter.ts'
import { type BenchContext, type Group, type Measured, median } from './measure.ts'
import { administratorOf } from './support/engine.ts'
import type { Warehouse } from './support/warehouse.ts'

/** Words alone, as another search would do it too. */
const wordQueries = ['customer hist', 'crm_01 order', 'inv', 'straße', '2025_07 stg', 'not there', 'a']
/** What looks at each relation. */
const otherQueries = [
  '*_audit',
  'cust*_hist',
  're:^(customer|order)_.*_v\\d',
  'owner:bill invoice',
  'size>10MB event',
  'rows>100k',
  'kind:view report',
  'new: !tmp',
]

/** How long the filter searches for a key, without drawing, and how a paste grows with its length. */
export const filter: Group = { name: 'filter', measure: measureFilter }

async function measureFilter(context: BenchContext): Promise<readonly Measured[]> {
  const warehouse = await context.warehouse(18)
  const names = warehouse.relations.map(({ schema, name }) => `${schema}.${name}`)
  const search = relationFilter(await groupsOf(warehouse), 'reporting')
  const typed = asTyped([...wordQueries, ...otherQueries])
  const words = asTyped(wordQueries)
  const rounds = context.shortRounds
  const ours = typed.map(query => median(timesOf(rounds, () => void atOnce(search(query)))))
  const naive = timesOf(Math.min(rounds, 3), () =>
    words.forEach(query => void oneAfterTheOther(names, query)),
  )
  const paste = (lines: number) => {
    const pieces = piecesOf(Buffer.from(`\x1b[200~${'SELECT 1; -- \n'.repeat(lines)}\x1b[201~`))
    return median(timesOf(rounds, () => readPaste(pieces)))
  }
  const naiveKey = median(naive) / words.length
  return [
    {
      id: 'filter.key',
      value: median(ours),
      note: `longest ${Math.max(...ours).toFixed(1)} ms; search alone`,
    },
    {
      id: 'filter.naive',
      value: ours.slice(0, words.length).reduce((sum, each) => sum + each, 0) / words.length / naiveKey,
      note: `${naiveKey.toFixed(1)} ms`,
    },
    // Linear is 4; reading each piece anew would be 16.
    { id: 'filter.paste', value: paste(75_000) / paste(18_750) },
  ]
}

/** Each key searches for one character more. */
function asTyped(queries: readonly string[]): readonly string[] {
  return queries.flatMap(query => [...query].map((_, at) => query.slice(0, at + 1)))
}

/** What the wizard's list of tables is made of. */
async function groupsOf(warehouse: Warehouse): Promise<readonly FilterGroup[]> {
  const { database } = warehouse
  const result = await connect({ ...administratorOf(warehouse), database })
  if (!result.ok) throw new Error(result.problem.message)
  const session = result.value
  try {
    const { here } = await readTree(session)
    const relations = await readRelations(
      session,
      here.schemas.map(({ name }) => name),
    )
    let start = 0
    return [...relations].map(([schema, columns]) => {
      start += columns.length
      return { database, schema, columns, start: start - columns.length }
    })
  } finally {
    await session.close()
  }
}

function oneAfterTheOther(names: readonly string[], query: string): readonly number[] {
  const words = query.split(' ')
  return names.flatMap((name, index) =>
    words.every(word => name.toLowerCase().includes(word)) ? [index] : [],
  )
}

/** As a terminal's driver hands it over. The text of each stands for itself: V8 would take it out of the whole anew. */
function piecesOf(input: Buffer): readonly string[] {
  const size = 1024
  return Array.from({ length: Math.ceil(input.length / size) }, (_, at) =>
    input.toString('utf8', at * size, (at + 1) * size),
  )
}

function readPaste(pieces: readonly string[]): void {
  const tokenizer = createTokenizer()
  for (const piece of pieces) tokenizer.push(piece)
}

function timesOf(rounds: number, work: () => void): readonly number[] {
  return Array.from({ length: rounds }, () => {
    const begin = performance.now()
    work()
    return performance.now() - begin
  })
}
