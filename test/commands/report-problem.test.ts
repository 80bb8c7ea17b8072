import { describe, expect, it } from 'vitest'
import { codeFor, Refusal, refusalOf } from '../../src/commands/support/refusal.ts'
import { problemText } from '../../src/commands/support/report-problem.ts'
import { exitCodes } from '../../src/model/exit-code.ts'
import { ProblemError, problemOf } from '../../src/model/problem.ts'

describe('a problem as text', () => {
  it('says what, where and what next', () => {
    const text = problemText([
      { code: 'a', message: 'It is gone.', path: 'databases[0].name', next: 'Choose one\nthat is there.' },
      { code: 'b', message: 'Too many.' },
    ])
    expect(text).toBe(
      'pg-usher: databases[0].name: It is gone.\n  Choose one\n  that is there.\npg-usher: Too many.\n',
    )
  })

  it('names the place once', () => {
    expect(problemText([{ code: 'a', message: 'roles: missing.', path: 'roles' }])).toBe(
      'pg-usher: roles: missing.\n',
    )
  })

  it('asks for a report of what was not foreseen, without its stack', () => {
    const text = problemText([problemOf(new TypeError('x is not a function'))])
    expect(text).toContain('pg-usher: x is not a function\n')
    expect(text).toContain('please report it')
    expect(text).not.toContain('    at ')
  })
})

describe('the exit code of what was thrown before anything changed', () => {
  it.each([
    [new Refusal([{ code: 'a', message: 'Bad.' }]), exitCodes.badUsage],
    [new ProblemError({ code: 'refused', message: 'Nothing listens.' }), exitCodes.failedUnchanged],
    [new ProblemError({ code: 'x', message: 'Wrong.', path: 'secret.store' }), exitCodes.badUsage],
    [new ProblemError({ code: 'cancelled', message: 'Cancelled.' }), exitCodes.cancelled],
  ])('%s', (thrown, code) => {
    expect(refusalOf(thrown)?.code).toBe(code)
  })

  it('is not known for what is not ours', () => {
    expect(refusalOf(new Error('boom'))).toBeNull()
  })

  it('is that of bad answers as soon as one problem has a place in them', () => {
    expect(codeFor([{ code: 'a', message: 'A.' }])).toBe(exitCodes.failedUnchanged)
    expect(
      codeFor([
        { code: 'a', message: 'A.' },
        { code: 'b', message: 'B.', path: 'tool' },
      ]),
    ).toBe(exitCodes.badUsage)
  })
})
