import { type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import { fieldValue } from '../../terminal/form.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'

/** Whether the chosen place works, and whose it is. */
export function secretLines(state: WizardState): readonly Line[] {
  const { form, status, problem, places } = state.secret
  const place = places.find(each => each.answer.store === fieldValue(form, 'store'))
  const paragraphs: Paragraph[] = [
    ...(problem === null ? [] : problemParagraphs(problem)),
    ...(status === 'works'
      ? [{ text: 'It works: a trial entry was written, read back and deleted.', tone: 'good' as const }]
      : []),
    ...(place?.words ?? []).map(text => ({ text, hanging: 2 })),
  ]
  return linesOf(paragraphs, state.size.columns)
}
