import { createFilter } from '../src/terminal/filter.ts'
import { createTokenizer } from '../src/terminal/tokenizer.ts'
import { type Group, type Measure, median } from './measure.ts'

const names = Array.from({ length: 100_000 }, (_, at) => `schema_${at % 50}.table_name_${at}`)
const queries = ['99', '999', 'schema_7 99', 'name_1 schema_49', 'not there']
const rounds = 11

/** How long the filter takes a key at 100,000 names, and how a paste grows with its length. */
export const filter: Group = { name: 'filter', measure: () => Promise.resolve(measureFilter()) }

function measureFilter(): Measure[] {
  const search = createFilter(names)
  const ours = timesOf(() => queries.forEach(query => void search(query)))
  const naive = timesOf(() => queries.forEach(query => void oneAfterTheOther(query)))
  const paste = (lines: number) => timesOf(() => readPaste('SELECT 1; -- \n'.repeat(lines)))
  return [
    { name: 'filter: 100,000 names, a key', value: ours / queries.length, unit: 'ms', atMost: 5 },
    { name: 'filter: against one name after the other', value: ours / naive, unit: 'x', atMost: 0.5 },
    // Linear is 4; reading each piece anew would be 16.
    {
      name: 'paste: 1 MB against a quarter of it',
      value: paste(75_000) / paste(18_750),
      unit: 'x',
      atMost: 10,
    },
  ]
}

function oneAfterTheOther(query: string): readonly number[] {
  const words = query.split(' ')
  return names.flatMap((name, index) =>
    words.every(word => name.toLowerCase().includes(word)) ? [index] : [],
  )
}

function readPaste(text: string): void {
  const tokenizer = createTokenizer()
  const input = `\x1b[200~${text}\x1b[201~`
  for (let at = 0; at < input.length; at += 1024) tokenizer.push(input.slice(at, at + 1024))
}

function timesOf(work: () => void): number {
  return median(
    Array.from({ length: rounds }, () => {
      const begin = performance.now()
      work()
      return performance.now() - begin
    }),
  )
}
