import { describe, expect, it } from 'vitest'
import { allFigures } from '../../bench/figures.ts'
import { median, medianRatio, percentile95 } from '../../bench/measure.ts'
import { resultsOf, rowOf } from '../../bench/results.ts'
import { speedLines } from '../../scripts/documents/bench.ts'

const setting = { node: 'v24.0.0', cpus: 2, tables: 100_000, rounds: 3 }

describe('results', () => {
  it('say of each figure whether its goal is reached', () => {
    const { figures } = resultsOf(
      setting,
      [
        { id: 'drawing.move', value: 28 },
        { id: 'drawing.scroll', value: 151 },
        { id: 'granting.far', value: 499 },
        { id: 'start.very-first', value: 8.0378, note: '369 ms' },
        { id: 'undo.all', value: Number.NaN, note: 'no psql' },
      ],
      false,
    )
    expect(figures.map(({ id, value, verdict }) => [id, value, verdict])).toEqual([
      ['start.very-first', 8.04, 'no goal'],
      ['drawing.move', 28, 'reached'],
      ['drawing.scroll', 151, 'missed'],
      ['granting.far', 499, 'missed'],
      ['undo.all', null, 'not measured'],
    ])
    expect(figures.map(rowOf)[0]).toEqual([
      'the very first start',
      '8.04x',
      '',
      '',
      'against node -e 0; 369 ms',
    ])
    expect(figures.map(rowOf)[4]?.slice(1, 4)).toEqual(['not measured', 'at most 1.3x', 'not measured'])
  })

  it('of a whole run name what nobody measured, and the README shows it', () => {
    const results = resultsOf(setting, [{ id: 'drawing.idle', value: 0 }], true)
    expect(results.figures.map(({ id }) => id)).toEqual(allFigures.map(({ id }) => id))
    const missing = results.figures.filter(({ verdict }) => verdict === 'not measured')
    expect(missing).toHaveLength(allFigures.length - 1)
    const lines = speedLines(results)
    for (const { title } of missing) expect(lines.some(line => line.includes(title))).toBe(true)
  })

  it('take a value for measured where it is zero', () => {
    const [idle] = resultsOf(setting, [{ id: 'drawing.idle', value: 0 }], false).figures
    expect(idle).toMatchObject({ value: 0, verdict: 'reached' })
  })
})

describe('of many rounds', () => {
  it('the middle counts, and what 95 of 100 do not exceed', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median([])).toBeNaN()
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at)
    expect(percentile95(hundred)).toBe(95)
    expect(percentile95([7])).toBe(7)
    expect(medianRatio([2, 6, 4], [1, 2, 4])).toBe(2)
  })
})
