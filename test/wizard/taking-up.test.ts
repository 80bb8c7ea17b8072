import { describe, expect, it } from 'vitest'
import type { Draft, StepId } from '../../src/steps/step.ts'
import { reachable } from '../../src/wizard/update/overlay.ts'
import { existingRole } from '../support/plan-input.ts'
import { startWalk, type WalkOptions, walkDatabases } from '../support/wizard-walk.ts'

/** The answers of a person who came that far. */
function answeredUpTo(step: StepId): Draft {
  const walk = startWalk()
  walk.to(step)
  return walk.state().draft
}

/** The same answers taken up again, up to where they were left. */
function takeUp(step: StepId, options: WalkOptions = {}, reached = step) {
  const walk = startWalk({ draft: answeredUpTo(reached), ...options })
  walk.tell({ kind: 'taken-up', step, reached })
  return walk
}

describe('answers that were kept', () => {
  it.each<StepId>(['endpoint', 'authentication', 'schemas', 'tables', 'network', 'secret', 'review'])(
    'lead back to %s once the connection stands',
    step => {
      const walk = takeUp(step)
      expect(walk.state().step).toBe('connection')
      walk.answer()
      expect(walk.state()).toMatchObject({ step, takingUp: null })
      expect(walk.state().notice).toContain('Back where you were; each answer on the way was checked.')
      expect(walk.effects.filter(({ kind }) => kind === 'connect')).toHaveLength(1)
    },
  )

  it('end where they were left, and what was reached beyond can be gone to', () => {
    const walk = takeUp('endpoint', {}, 'network')
    walk.answer()
    expect(walk.state().step).toBe('endpoint')
    expect(reachable(walk.state()).at(-1)).toBe('network')
  })

  it('wait for a password that is wanted, and go on with it', () => {
    const walk = takeUp('tables')
    const [connect] = walk.take()
    if (connect?.kind !== 'connect') throw new Error('nothing is connected to')
    const problem = { code: 'password-required', message: 'A password.' }
    walk.tell({ kind: 'connect-failed', attempt: connect.attempt, problem, wantsPassword: true })
    expect(walk.state()).toMatchObject({ step: 'connection', connection: { problem } })
    // Nothing is tried again by itself, and no key goes on the way but Enter.
    walk.type('pw')
    expect(walk.take()).toEqual([])
    walk.press('enter')
    walk.answer()
    expect(walk.state().step).toBe('tables')
  })

  it('do not answer for the person what a role that exists by now asks', () => {
    const walk = takeUp('tables', { server: { roles: { atlan_user: existingRole('atlan_user') } } })
    walk.answer()
    expect(walk.state().step).toBe('authentication')
    expect(walk.state().overlay).toMatchObject({ kind: 'confirm', word: 'atlan_user' })
    expect(walk.state().notice).toContain('this needs your answer')
  })

  it('stop where what was chosen is gone', () => {
    const databases = walkDatabases.map(database => ({
      ...database,
      schemas: database.schemas.filter(({ name }) => name !== 'public'),
    }))
    const walk = takeUp('network', { server: { databases } })
    walk.answer()
    expect(walk.state().step).toBe('schemas')
    expect(walk.state().schemas.problem?.code).toBe('schema-gone')
  })

  it('are not gone through on another server, nor against the person’s keys', () => {
    const walk = takeUp('network')
    const [connect] = walk.take()
    if (connect?.kind !== 'connect') throw new Error('nothing is connected to')
    walk.type('x')
    walk.press('enter')
    walk.answer()
    expect(walk.state().draft.server?.host).toBe('db.internalx')
    expect(walk.state()).toMatchObject({ step: 'connection', takingUp: null })
    const back = takeUp('network')
    back.take()
    back.press('escape', 'escape')
    back.answer()
    expect(back.state().takingUp).toBeNull()
    expect(['tool', 'connection']).toContain(back.state().step)
  })
})
