import { describe, expect, it } from 'vitest'
import type { AwsFound } from '../../src/wizard/event.ts'
import { startWalk, type Walk } from '../support/wizard-walk.ts'

const found: AwsFound = {
  identity: { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/dba', userId: 'AIDA' },
  target: { partition: 'aws', region: 'eu-central-1', account: '123456789012', resourceId: 'db-ABC' },
  database: null,
}

/** On the screen about AWS. */
function atAws(): Walk {
  const walk = startWalk()
  walk.to('authentication')
  walk.press('right')
  walk.press('enter')
  walk.answer()
  return walk
}

/** The number of the question that AWS was asked last. */
const attemptOf = (walk: Walk) => walk.state().aws.attempt

describe('the question about AWS', () => {
  it('comes after the way in that needs it, and only then', () => {
    expect(atAws().state().step).toBe('aws')
    const password = startWalk()
    password.to('schemas')
    expect(password.state().step).toBe('schemas')
    password.press('escape')
    expect(password.state().step).toBe('authentication')
  })

  it('asks for no end of a password that there is none of', () => {
    const walk = startWalk()
    walk.to('authentication')
    const fields = () => walk.state().authentication.form.fields.map(({ id }) => id)
    expect(fields()).toContain('validUntil')
    walk.press('right')
    expect(fields()).not.toContain('validUntil')
  })

  it('shows who asks and what was found before it goes on', () => {
    const walk = atAws()
    walk.take()
    walk.press('enter')
    expect(walk.take()).toMatchObject([{ kind: 'find-aws', answers: { endpoint: { host: 'db.internal' } } }])
    walk.tell({ kind: 'aws-found', attempt: attemptOf(walk), result: { ok: true, value: found } })
    expect(walk.state()).toMatchObject({ step: 'aws', aws: { status: 'found', found } })
    walk.press('enter')
    expect(walk.state().step).toBe('schemas')
    expect(walk.state().draft.authentication).toMatchObject({
      method: 'aws-iam',
      aws: { way: { way: 'role' } },
    })
  })

  it('does not hear a late answer, nor one after a change', () => {
    const walk = atAws()
    walk.press('enter')
    const late = attemptOf(walk)
    walk.press('right')
    expect(walk.take()).toContainEqual({ kind: 'cancel' })
    walk.tell({ kind: 'aws-found', attempt: late, result: { ok: true, value: found } })
    expect(walk.state().aws).toMatchObject({ status: 'idle', found: null })
  })

  it('keeps what was typed into a field that is not asked for a while', () => {
    const walk = atAws()
    walk.press('tab')
    walk.type('arn:aws:iam::210987654321:role/vendor')
    walk.press('up', 'right')
    expect(walk.state().aws.form.fields.map(({ id }) => id)).not.toContain('vendorArn')
    walk.press('left')
    const field = walk.state().aws.form.fields.find(({ id }) => id === 'vendorArn')
    expect(field).toMatchObject({ text: { value: 'arn:aws:iam::210987654321:role/vendor' } })
  })

  it('asks for the six digits of a device, and gives up with Esc', () => {
    const walk = atAws()
    walk.press('enter')
    walk.tell({ kind: 'mfa-asked', device: 'arn:aws:iam::123456789012:mfa/phone' })
    walk.take()
    walk.type('12345')
    walk.press('enter')
    expect(walk.take()).toEqual([])
    walk.type('6')
    walk.press('enter')
    expect(walk.take()).toEqual([{ kind: 'give-mfa', code: '123456' }])
    expect(walk.state().overlay).toBeNull()
    walk.tell({ kind: 'mfa-asked', device: 'phone' })
    walk.press('escape')
    expect(walk.take()).toEqual([{ kind: 'give-mfa', code: null }])
  })

  it('lets a person who asks nobody go on, and says what AWS refused to another', () => {
    const walk = atAws()
    walk.press('enter')
    const problem = { code: 'aws-denied', message: 'AWS does not allow it.' }
    walk.tell({ kind: 'aws-found', attempt: attemptOf(walk), result: { ok: false, problem } })
    expect(walk.state()).toMatchObject({ step: 'aws', aws: { status: 'failed', problem } })
  })

  it('offers the credentials file of AWS for an access key alone', () => {
    const stores = (walk: Walk) => {
      const [field] = walk.state().secret.form.fields
      return field?.kind === 'choice' ? field.options : []
    }
    const password = startWalk()
    password.to('secret')
    expect(stores(password)).not.toContain('aws-credentials')
    const walk = atAws()
    walk.press('right', 'enter')
    walk.tell({ kind: 'aws-found', attempt: attemptOf(walk), result: { ok: true, value: found } })
    walk.press('enter')
    walk.answer()
    walk.to('secret')
    expect(stores(walk)).toContain('aws-credentials')
    while (walk.state().secret.form.fields[0]?.kind === 'choice') {
      const [field] = walk.state().secret.form.fields
      if (field?.kind !== 'choice' || field.chosen === 'aws-credentials') break
      walk.press('right')
    }
    // Back to a password: what was chosen for the key is no place for it.
    walk.press('escape', 'escape', 'escape', 'escape')
    expect(walk.state().step).toBe('aws')
    walk.press('escape', 'left', 'enter')
    walk.answer()
    walk.to('secret')
    expect(stores(walk)).not.toContain('aws-credentials')
  })
})
