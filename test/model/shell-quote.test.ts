import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { powerShellQuote, shellQuote } from '../../src/model/shell-quote.ts'

describe('shellQuote', () => {
  it.each([
    ['plain-1.2/x:y@z', 'plain-1.2/x:y@z'],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$(id)', "'$(id)'"],
    ['~', "'~'"],
  ])('%j', (word, quoted) => {
    expect(shellQuote(word)).toBe(quoted)
  })

  it('is the same word again to a real shell', () => {
    const words = fc.array(
      fc.string({ unit: 'binary' }).filter(word => !word.includes('\0')),
      { minLength: 1 },
    )
    fc.assert(
      fc.property(words, given => {
        const command = `printf '%s\\0' ${given.map(shellQuote).join(' ')}`
        const output = execFileSync('sh', ['-c', command], { encoding: 'utf8' })
        expect(output).toBe(given.map(word => `${word}\0`).join(''))
      }),
      { numRuns: 50 },
    )
  })
})

describe('powerShellQuote', () => {
  it('doubles what PowerShell takes for a single quote', () => {
    expect(powerShellQuote("it's ‘so’ $x")).toBe("'it''s ‘‘so’’ $x'")
  })
})
