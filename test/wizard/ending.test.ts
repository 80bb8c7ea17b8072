import { describe, expect, it } from 'vitest'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import type { AwsAnswers } from '../../src/model/aws/answers.ts'
import { secret } from '../../src/model/secret.ts'
import { answersOf } from '../../src/steps/step.ts'
import { endingOf } from '../../src/wizard/ending.ts'
import { awsAnswers, awsUserAnswers } from '../support/aws-answers.ts'
import { appliedEvent, someProblem, startWalk, today } from '../support/wizard-walk.ts'

const applied = {
  proof: { databases: [], beyond: [] },
  granted: null,
  startedAt: today,
  finishedAt: today,
  notes: [],
}

function endingAfter(outcome: ApplyOutcome) {
  const walk = startWalk()
  walk.to('apply')
  const { plan } = walk.state().review
  const answers = answersOf(walk.state().draft)
  if (plan === null || answers === null) throw new Error('nothing to apply')
  walk.tell(appliedEvent(plan, answers, outcome))
  return endingOf(walk.state())
}

describe('how it ends', () => {
  it.each<[number, string, ApplyOutcome]>([
    [0, 'proved by logging in', { outcome: 'done', ...applied }],
    [
      5,
      'pg_hba.conf lacks: host shop atlan_user 10.0.0.1/32 scram-sha-256',
      {
        outcome: 'done-unproved',
        ...applied,
        unproved: [
          {
            database: 'shop',
            problem: someProblem,
            hbaLine: 'host shop atlan_user 10.0.0.1/32 scram-sha-256',
          },
        ],
      },
    ],
    [
      1,
      'Nothing was changed. The server went away.',
      { outcome: 'failed-unchanged', problem: someProblem, change: null },
    ],
    [
      3,
      'DROP ROLE atlan_user;',
      {
        outcome: 'failed-changed',
        problem: someProblem,
        change: null,
        left: ['The role atlan_user'],
        undo: ['DROP ROLE atlan_user;'],
      },
    ],
    [130, 'Nothing was changed on the server.', { outcome: 'cancelled' }],
  ])('with %d and what a person needs: %s', (exitCode, words, outcome) => {
    const ending = endingAfter(outcome)
    expect(ending.exitCode).toBe(exitCode)
    expect(ending.summary.join('\n')).toContain(words)
  })

  it('names the receipt and the way to the password where it is done', () => {
    const summary = endingAfter({ outcome: 'done', ...applied }).summary.join('\n')
    expect(summary).toContain('Receipt: /out/receipt.md')
    expect(summary).toContain('secret-tool lookup')
  })

  it('calls the secret what it is: an access key where a user of AWS has one, and nothing where a role is assumed', () => {
    const walk = startWalk()
    walk.to('apply')
    const { plan } = walk.state().review
    const answers = answersOf(walk.state().draft)
    if (plan === null || answers === null) throw new Error('nothing to apply')
    walk.tell(appliedEvent(plan, answers, { outcome: 'done', ...applied }))
    const state = walk.state()
    const summaryOf = (aws: AwsAnswers, howToRead: string | null) =>
      endingOf({
        ...state,
        draft: { ...state.draft, authentication: { method: 'aws-iam', aws } },
        done: { ...state.done, howToRead },
      }).summary.join('\n')
    expect(summaryOf(awsUserAnswers, 'secret-tool lookup')).toContain('Access key: secret-tool lookup')
    for (const summary of [summaryOf(awsUserAnswers, 'x'), summaryOf(awsAnswers, null)])
      expect(summary).not.toContain('Password')
  })

  it('names nothing in a folder that goes with the program', () => {
    const walk = startWalk()
    walk.to('apply')
    const { plan } = walk.state().review
    const answers = answersOf(walk.state().draft)
    if (plan === null || answers === null) throw new Error('nothing to apply')
    walk.tell(appliedEvent(plan, answers, { outcome: 'done', ...applied }))
    const { summary } = endingOf({ ...walk.state(), passingFolder: '/out' })
    expect(summary.join('\n')).not.toContain('/out')
    // What is kept elsewhere is still there.
    expect(summary.join('\n')).toContain('secret-tool lookup')
  })

  it('says what this start had changed before, and that answers are kept', () => {
    const walk = startWalk({ changedBefore: 'This start took back the run of noon.' })
    walk.to('endpoint')
    const summary = [
      'This start took back the run of noon.',
      'Nothing else was changed on the server.',
      'Your answers are kept: the next start of pg-usher offers them.',
    ]
    expect(endingOf(walk.state())).toEqual({ exitCode: 130, summary })
    walk.press('ctrl-c')
    walk.press('d')
    expect(endingOf(walk.state()).summary).toEqual(summary.slice(0, 2))
  })

  it('names the answers where one can come back to them, quoted for a shell', () => {
    const walk = startWalk()
    walk.to('review')
    walk.tell({ kind: 'saved', what: 'answers', path: '/out/my answers.json' })
    expect(endingOf(walk.state())).toEqual({
      exitCode: 130,
      summary: [
        'Nothing was changed on the server.',
        "The answers are kept: pg-usher --answers '/out/my answers.json'",
        'The next start of pg-usher offers them, too.',
      ],
    })
  })

  it('in the middle of an apply says what may be there', () => {
    const walk = startWalk()
    walk.to('apply')
    for (const key of ['', 'ctrl-c']) {
      if (key !== '') walk.press(key)
      const { exitCode, summary } = endingOf(walk.state())
      expect(exitCode).toBe(3)
      expect(summary.join(' ')).toContain('atlan_user_role')
    }
  })

  it('after a failure from which one went back is a cancel', () => {
    const walk = startWalk()
    walk.to('apply')
    walk.tell({
      kind: 'applied',
      outcome: { outcome: 'failed-unchanged', problem: someProblem, change: null },
      done: null,
    })
    walk.press('enter')
    expect(endingOf(walk.state()).exitCode).toBe(130)
  })

  it('never holds the password', () => {
    const walk = startWalk()
    walk.to('done')
    walk.tell({ kind: 'password-read', password: secret('Pa55word') })
    expect(JSON.stringify(endingOf(walk.state()))).not.toContain('Pa55word')
  })
})
