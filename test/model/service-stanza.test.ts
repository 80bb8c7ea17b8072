import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatServiceStanza,
  serviceNameFrom,
  serviceNameProblem,
  serviceStanza,
  withServiceStanza,
} from '../../src/model/service-stanza.ts'

const file = ['# mine', '[a]', 'host=h', ' port = 1', '', '# of b', '[b]', 'host=k', '[a]', 'host=second']

describe('a service file', () => {
  it('is read as libpq does: the first group of a name, up to the next', () => {
    expect(serviceStanza(file, 'a')).toEqual([
      ['host', 'h'],
      ['port ', ' 1'],
    ])
    expect(serviceStanza(file, 'c')).toBeNull()
  })

  it('takes a stanza in place of another, or at its end, and leaves all other lines', () => {
    expect(withServiceStanza(file, 'b', ['[b]', 'x=y'])).toEqual([
      ...file.slice(0, 6),
      '[b]',
      'x=y',
      ...file.slice(8),
    ])
    expect(withServiceStanza(file, 'a', ['[a]'])).toEqual(['# mine', '[a]', ...file.slice(4)])
    expect(withServiceStanza(['[x]'], 'c', ['[c]'])).toEqual(['[x]', '', '[c]'])
    expect(withServiceStanza([], 'c', ['[c]'])).toEqual(['[c]'])
  })

  it('is as before when what was put in is taken out again', () => {
    const lines = fc.array(fc.constantFrom('# x', '', '[x]', 'k=v', '[y]'))
    fc.assert(
      fc.property(lines, before => {
        const stanza = formatServiceStanza('mine', [['host', 'h']])
        const added = withServiceStanza(before, 'mine', stanza)
        expect(serviceStanza(added, 'mine')).toEqual([['host', 'h']])
        const removed = withServiceStanza(added, 'mine', null)
        // One empty line at the end more or less means nothing.
        expect(removed.join('\n').trimEnd()).toBe(before.join('\n').trimEnd())
      }),
    )
  })

  it('refuses what would not come back as it is', () => {
    for (const value of ['a\nb', 'a ', ''])
      expect(() => formatServiceStanza('x', [['dbname', value]])).toThrow(RangeError)
  })
})

describe('the name of a service', () => {
  it.each(['atlan', 'a.b-c_1', '9'])('%s may be used', name => expect(serviceNameProblem(name)).toBeNull())
  it.each(['', 'a b', 'a]', '-a', 'ä', 'x'.repeat(64)])('%j may not', name =>
    expect(serviceNameProblem(name)).not.toBeNull(),
  )
  it('is made of any other name', () => {
    fc.assert(
      fc.property(fc.string(), name => {
        expect(serviceNameProblem(serviceNameFrom(name))).toBeNull()
      }),
    )
    expect(serviceNameFrom('atlan user')).toBe('atlan-user')
  })
})
