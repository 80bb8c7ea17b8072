import { describe, expect, it } from 'vitest'
import { askedSteps, stepIds, stepTitles } from '../../src/steps/step.ts'
import { displayWidth } from '../../src/terminal/truncate.ts'
import { drawScreen } from '../support/draw-screen.tsx'
import { someProblem, startWalk } from '../support/wizard-walk.ts'

const sizes = [
  [80, 24],
  [60, 16],
  [40, 10],
] as const

describe.each(sizes)('in %dx%d', (columns, rows) => {
  it.each(stepIds)('%s has head, foot and no row that does not fit', step => {
    const walk = startWalk({ columns, rows })
    walk.to(step)
    for (const overlay of [null, 'f1', 'ctrl-g', 'ctrl-c']) {
      if (overlay !== null) {
        walk.press('escape')
        if (walk.state().step !== step) walk.to(step)
        walk.press(overlay)
      }
      for (const unicode of overlay === null ? [true, false] : [false]) {
        const drawn = drawScreen(walk.state(), { unicode })
        expect(drawn).toHaveLength(rows - 1)
        expect(drawn[0]).toMatch(/^pg-usher/)
        const asked = askedSteps(walk.state().draft)
        expect(drawn[0]).toContain(`${asked.indexOf(walk.state().step) + 1}/${asked.length}`)
        if (columns >= 60) expect(drawn[0]).toContain(stepTitles[walk.state().step])
        expect(drawn.at(-1)).toMatch(/Ctrl-C|Esc|Enter/)
        expect(drawn.filter(row => displayWidth(row) > columns)).toEqual([])
        // Nothing but ASCII, also where something was cut.
        if (!unicode) expect(drawn.filter(row => /[^ -~]/.test(row))).toEqual([])
      }
    }
  })
})

describe('the head', () => {
  it('says for which tool, on which server, as whom, and where one is', () => {
    const walk = startWalk()
    walk.to('schemas')
    expect(drawScreen(walk.state())[0]).toMatch(
      /^pg-usher {2}Atlan ➜ dba@db\.internal:5432 +Schemas {2}5\/11$/,
    )
  })

  it('names no server while its fields are changed, nor after an attempt that failed', () => {
    const walk = startWalk()
    walk.to('endpoint')
    walk.press('escape')
    expect(drawScreen(walk.state())[0]).toContain('dba@db.internal:5432')
    walk.type('x')
    expect(drawScreen(walk.state())[0]).not.toContain('db.internal')
    walk.press('enter')
    const { attempt } = walk.state().connection
    walk.tell({ kind: 'connect-failed', attempt, problem: someProblem, wantsPassword: false })
    expect(drawScreen(walk.state())[0]).not.toContain('db.internal')
  })

  it('cuts the name of the tool before that of the server', () => {
    const walk = startWalk({ columns: 60, rows: 16 })
    walk.tell({ kind: 'tool-chosen', tool: 'atlassian-analytics' })
    walk.answer()
    walk.to('authentication')
    expect(drawScreen(walk.state())[0]).toContain('db.internal:5432')
  })

  it('cannot be broken by a name, and says what was cleared below it', () => {
    const walk = startWalk()
    walk.to('connection')
    walk.press('ctrl-u')
    walk.paste('evil\u202e.com')
    walk.press('enter')
    walk.answer()
    expect(drawScreen(walk.state())[0]).toContain('<U+202E>')
    const other = startWalk()
    other.to('network')
    other.press('ctrl-g', 'home', 'down', 'enter')
    other.type('2')
    other.press('enter')
    other.answer()
    expect(drawScreen(other.state())[1]).toContain('No longer fits and was cleared: the address for the tool')
  })
})

describe('a terminal too small', () => {
  it('is said, with what is needed', () => {
    const walk = startWalk({ columns: 39, rows: 24 })
    expect(drawScreen(walk.state())).toEqual(['Too small: 39x24, needs 40x10.'])
  })
})
