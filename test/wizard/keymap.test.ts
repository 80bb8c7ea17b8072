import { describe, expect, it } from 'vitest'
import type { ApplyOutcome } from '../../src/engine/outcome.ts'
import type { stepIds } from '../../src/steps/step.ts'
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../src/terminal/glyphs.ts'
import { isKeyName } from '../../src/terminal/key.ts'
import { footerHints, HINT_GAP, hintText } from '../../src/terminal/keymap.ts'
import { displayWidth } from '../../src/terminal/truncate.ts'
import { bindingsFor } from '../../src/wizard/keymap.ts'
import { helpLineCount } from '../../src/wizard/lines/help.ts'
import type { WizardState } from '../../src/wizard/state.ts'
import { serverFacts } from '../support/plan-input.ts'
import { someProblem, startWalk } from '../support/wizard-walk.ts'

/** Every screen with a table of keys of its own, with what has to be in its foot at 60 columns. */
function screens(): readonly {
  readonly name: string
  readonly state: WizardState
  readonly foot: readonly string[]
}[] {
  const at = (step: (typeof stepIds)[number], ...keys: readonly string[]) => {
    const walk = startWalk({ columns: 60, rows: 16 })
    walk.to(step)
    walk.press(...keys)
    return walk.state()
  }
  const refused = startWalk({ server: { facts: { ...serverFacts, versionNumber: 130000, version: '13.9' } } })
  refused.to('review')
  const standby = startWalk({ server: { facts: { ...serverFacts, inRecovery: true } } })
  standby.to('review')
  const endedWith = (outcome: ApplyOutcome) => {
    const walk = startWalk()
    walk.to('apply')
    walk.tell({ kind: 'applied', outcome, done: null })
    return walk.state()
  }
  const filtering = at('tables', '/')
  return [
    { name: 'tool', state: at('tool'), foot: ['Enter choose', 'Esc leave', '? help'] },
    {
      name: 'connection, a text',
      state: at('connection'),
      foot: ['Enter go on', 'Tab next field', 'F1 help'],
    },
    {
      name: 'connection, a choice',
      state: at('connection', 'tab', 'tab', 'tab', 'tab'),
      foot: ['Enter go on', '→ change', 'Esc back', '? help'],
    },
    { name: 'endpoint', state: at('endpoint'), foot: ['Enter go on', 'F1 help'] },
    { name: 'authentication', state: at('authentication'), foot: ['Enter go on', '→ change'] },
    { name: 'schemas', state: at('schemas'), foot: ['Space choose', 'Enter go on', '/ filter'] },
    { name: 'tables', state: at('tables'), foot: ['Space choose', 'Enter go on', '/ filter', 'a all'] },
    { name: 'a filter', state: filtering, foot: ['Enter keep filter', 'Esc clear filter', 'F1 help'] },
    { name: 'network', state: at('network'), foot: ['Enter go on', '→ change', 'Ctrl-S save'] },
    { name: 'secret', state: at('secret'), foot: ['Enter go on', '→ change'] },
    { name: 'planned', state: at('review'), foot: ['r rehearse', 'Esc back', 'Ctrl-S save'] },
    { name: 'rehearsing', state: at('review', 'r'), foot: ['c cancel'] },
    { name: 'refused', state: refused.state(), foot: ['Enter go to the question', 'Esc back'] },
    { name: 'for another', state: standby.state(), foot: ['Esc back', 'Ctrl-S save'] },
    { name: 'applying', state: at('apply'), foot: ['Ctrl-C cancel'] },
    { name: 'cancelled', state: endedWith({ outcome: 'cancelled' }), foot: ['Enter back', 'Ctrl-C leave'] },
    {
      name: 'failed, nothing changed',
      state: endedWith({ outcome: 'failed-unchanged', problem: someProblem, change: null }),
      foot: ['Enter back', 'Ctrl-C leave'],
    },
    {
      name: 'failed, something left',
      state: endedWith({
        outcome: 'failed-changed',
        problem: someProblem,
        change: null,
        left: ['the role atlan_user'],
        undo: ['DROP ROLE atlan_user;'],
      }),
      foot: ['Enter leave', '? help'],
    },
    { name: 'done', state: at('done'), foot: ['Enter finish', 'p show password', 'Ctrl-S save'] },
    { name: 'help', state: at('tool', '?'), foot: ['Esc close'] },
    { name: 'steps', state: at('tables', 'ctrl-g'), foot: ['Enter go there', 'Esc close'] },
    { name: 'quit', state: at('tool', 'ctrl-c'), foot: ['Enter leave', 'Esc stay'] },
  ]
}

describe.each(screens())('the keys of $name', ({ state, foot }) => {
  const bindings = bindingsFor(state)
  const keys = bindings.flatMap(binding => binding.keys)

  it('are names of keys, each for one thing', () => {
    expect(keys.filter(key => !isKeyName(key))).toEqual([])
    expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted())
    for (const { help, label } of bindings) {
      expect(label).not.toBe('')
      expect(help).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('have the most important in a foot of 60 columns', () => {
    for (const glyphs of [UNICODE_GLYPHS, ASCII_GLYPHS]) {
      const text = footerHints(bindings, 60, glyphs).map(hintText).join(HINT_GAP)
      expect(displayWidth(text)).toBeLessThanOrEqual(60)
      if (bindings.some(({ command }) => command === 'help')) expect(text).toMatch(/(\?|F1) help/)
      for (const hint of foot) expect(text).toContain(hint.replace('→', glyphs.right))
    }
  })

  it('always lead out', () => {
    expect(keys).toContain(
      state.overlay?.kind === 'help' || state.overlay?.kind === 'steps' ? 'escape' : 'ctrl-c',
    )
  })
})

describe('while text is typed', () => {
  it('no character is a command, and the help is F1', () => {
    for (const state of [startWalk(), startWalk()].map(walk => {
      walk.to('connection')
      return walk.state()
    })) {
      const keys = bindingsFor(state).flatMap(binding => binding.keys)
      expect(keys.filter(key => [...key].length === 1 || key === 'space')).toEqual([])
      expect(bindingsFor(state).find(binding => binding.command === 'help')?.keys).toEqual(['f1'])
    }
    const walk = startWalk()
    walk.to('schemas')
    expect(bindingsFor(walk.state()).find(binding => binding.command === 'help')?.keys[0]).toBe('?')
  })
})

describe('the help', () => {
  it('has as many lines with either signs, so that it scrolls to its end', () => {
    for (const { state } of screens())
      for (const columns of [60, 80, 200]) {
        const sized = { ...state, size: { ...state.size, columns } }
        expect(helpLineCount(sized, ASCII_GLYPHS)).toBe(helpLineCount(sized, UNICODE_GLYPHS))
      }
  })
})
