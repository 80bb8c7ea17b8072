import { describe, expect, it } from 'vitest'
import { type ColumnFacts, markPersonalData } from '../../src/model/personal-data.ts'
import { labelled, unseen } from './personal-data-labelled.ts'

interface Labelled extends ColumnFacts {
  readonly label: string
}

function columnsOf(lines: string): Labelled[] {
  return lines
    .trim()
    .split('\n')
    .map(line => {
      const found = /^\s*(?:"([^"]+)"|([^:"]+)): ([^"=]+?)(?: "(.+)")? = (.+)$/.exec(line)
      if (found === null) throw new Error(`not a labelled column: ${line}`)
      const [, quoted, name, type = '', comment, label = ''] = found
      return { name: quoted ?? name ?? '', type, comment: comment ?? null, label }
    })
}

/** What the rules say of each labelled column, the figures printed. */
function measure(title: string, tables: Readonly<Record<string, string>>) {
  const results = Object.entries(tables).flatMap(([table, lines]) => {
    const columns = columnsOf(lines)
    const marks = new Map(markPersonalData(columns).map(mark => [mark.column, mark]))
    return columns.map(column => ({ table, column, mark: marks.get(column.name) ?? null }))
  })
  const marked = results.filter(({ mark }) => mark !== null)
  const wanted = results.filter(({ column }) => column.label !== '-')
  const right = marked.filter(({ column }) => column.label !== '-')
  const precision = right.length / marked.length
  const recall = right.length / wanted.length
  const sameCategory =
    right.filter(({ column, mark }) => mark?.category === column.label).length / right.length
  const wrong = results
    .filter(({ column, mark }) => (mark?.category ?? '-') !== column.label)
    .map(
      ({ table, column, mark }) =>
        `  ${table}: ${column.name} is ${column.label}, marked ${mark?.category ?? '-'}`,
    )
  console.log(
    `personal data, ${title}: ${results.length} columns, ${wanted.length} of them personal; precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}\n${wrong.join('\n')}`,
  )
  return { columns: results.map(({ column }) => column), precision, recall, sameCategory }
}

describe('marks of personal data', () => {
  it('find most of what people labelled, and little else', () => {
    const { columns, precision, recall, sameCategory } = measure('labelled', labelled)
    expect(columns.length).toBeGreaterThanOrEqual(300)
    expect(precision).toBeGreaterThanOrEqual(0.95)
    expect(recall).toBeGreaterThanOrEqual(0.95)
    expect(sameCategory).toBeGreaterThanOrEqual(0.95)
  })

  it('do well on tables that the rules were not mended on', () => {
    const { columns, precision, recall } = measure('unseen', unseen)
    expect(columns.length).toBeGreaterThanOrEqual(75)
    expect(precision).toBeGreaterThanOrEqual(0.9)
    expect(recall).toBeGreaterThanOrEqual(0.75)
  })

  const one = (name: string, type = 'text', comment: string | null = null) =>
    markPersonalData([{ name, type, comment }])[0]?.because

  it('say by which rule', () => {
    expect(one('email')).toBe('its name says an e-mail address')
    expect(one('x', 'inet')).toBe('its type is inet')
    expect(one('x', 'text', 'Date of birth of the subscriber')).toBe('its comment says a birth')
  })

  it('look at the type: a number of e-mails is no address', () => {
    expect(one('email', 'integer')).toBeUndefined()
    expect(one('email', 'timestamp with time zone')).toBeUndefined()
    expect(one('phone', 'bigint')).toBeDefined()
    expect(one('email', 'character varying(320)')).toBeDefined()
    expect(one('email', 'contact.email_domain')).toBeDefined()
  })

  it('take a plain name for a person only beside what makes it one', () => {
    const names = (others: readonly string[]) =>
      markPersonalData(['name', ...others].map(name => ({ name, type: 'text', comment: null }))).some(
        mark => mark.column === 'name',
      )
    expect(names([])).toBe(false)
    expect(names(['price', 'sku'])).toBe(false)
    expect(names(['email', 'phone'])).toBe(false)
    expect(names(['dob'])).toBe(true)
    expect(names(['email', 'password'])).toBe(true)
  })

  it('keep the order of the columns, one mark each', () => {
    const marks = markPersonalData(
      ['phone', 'id', 'email', 'first_name'].map(name => ({ name, type: 'text', comment: 'PII' })),
    )
    expect(marks.map(mark => mark.column)).toEqual(['phone', 'id', 'email', 'first_name'])
  })
})
