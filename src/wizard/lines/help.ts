import { stepTitles } from '../../steps/step.ts'
import type { Glyphs } from '../../terminal/glyphs.ts'
import { UNICODE_GLYPHS } from '../../terminal/glyphs.ts'
import { type HelpSection, helpLines } from '../../terminal/help.ts'
import { bindingsFor } from '../keymap.ts'
import type { WizardState } from '../state.ts'

/** The help of the screen below the overlay, from the table that dispatches its keys. */
export function helpSections(state: WizardState): readonly HelpSection[] {
  return [{ title: stepTitles[state.step], bindings: bindingsFor({ ...state, overlay: null }) }]
}

/** How many lines the help has; its glyphs change none of them. */
export function helpLineCount(state: WizardState, glyphs: Glyphs = UNICODE_GLYPHS): number {
  return helpLines(helpSections(state), state.size.columns, glyphs).length
}
