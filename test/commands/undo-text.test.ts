import { describe, expect, it } from 'vitest'
import { undoOutcomeText } from '../../src/commands/support/text/undo-text.ts'
import { notYours } from '../../src/engine/plan-undo.ts'

const said = (because: readonly string[]) =>
  undoOutcomeText({ outcome: 'role-stays', stays: [{ role: 'Atlan user', because }], notes: [] }).join('\n')

describe('a role that stays after an undo', () => {
  it('and is only for a superuser to drop has its DROP written out for one', () => {
    const text = said([notYours])
    expect(text).toContain('DROP ROLE "Atlan user";')
    expect(text.replace(/\s+/g, ' ')).toContain(
      'The role "Atlan user" stays, and lets nobody in: only a superuser, or who administers it, can drop it. For them to run:',
    )
    expect(text).not.toContain('what others have made')
  })

  it('because something hangs on it says what, and no DROP that would fail', () => {
    const text = said(['it owns table public.theirs in shop'])
    expect(text).toContain('- it owns table public.theirs in shop')
    expect(text).not.toContain('DROP ROLE')
  })
})
