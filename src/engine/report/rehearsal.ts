import { printableName } from '../../model/identifier.ts'
import { heading, type Paragraph } from '../../model/paragraph.ts'
import type { Rehearsal } from '../outcome.ts'
import { accessText, beyondParagraphs, findingParagraphs } from './access.ts'
import { changeParagraphs } from './change.ts'

/** What the rehearsal showed, and what the login reaches without us. A failure's problem is said apart. */
export function rehearsalParagraphs(rehearsal: Rehearsal): Paragraph[] {
  switch (rehearsal.outcome) {
    case 'cancelled':
      return [heading('Rehearsal: cancelled and rolled back; nothing is changed.')]
    case 'failed':
      return [
        heading(
          `Rehearsal: failed in database ${printableName(rehearsal.database)} and rolled back; nothing is changed.`,
        ),
        ...changeParagraphs(rehearsal.change),
      ]
    case 'held': {
      const { databases, beyond, lockedFor } = rehearsal
      return [
        heading(
          `Rehearsal: run and rolled back, nothing is changed; longest transaction ${Math.ceil(lockedFor)} ms.`,
        ),
        ...databases.map(
          (access): Paragraph => ({ text: `${accessText(access)}.`, indent: 2, hanging: 2, tone: 'good' }),
        ),
        ...databases.flatMap(findingParagraphs),
        ...beyondParagraphs(beyond),
      ]
    }
  }
}
