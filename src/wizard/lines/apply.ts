import type { EngineEvent } from '../../engine/events.ts'
import type { ApplyOutcome } from '../../engine/outcome.ts'
import { outcomeParagraphs } from '../../engine/report/outcome.ts'
import { phaseWords } from '../../engine/report/phases.ts'
import { gap, heading, type Paragraph, problemParagraphs } from '../../model/paragraph.ts'
import type { WizardState } from '../state.ts'
import { type Line, linesOf } from './line.ts'

/** What was done so far; when it has ended, how it ended comes first. */
export function applyLines(state: WizardState): readonly Line[] {
  const { events, outcome } = state.apply
  const done = events.flatMap(eventParagraphs)
  return linesOf(
    outcome === null ? done : [...endParagraphs(outcome), gap, heading('What was done'), ...done],
    state.size.columns,
  )
}

function eventParagraphs(event: EngineEvent): Paragraph[] {
  switch (event.kind) {
    case 'phase': {
      const words = phaseWords[event.phase].done
      return [
        {
          text: event.database === null ? words : `${words}: ${event.database}`,
          indent: 2,
          ...(event.phase === 'undo' ? { tone: 'warn' as const } : {}),
        },
      ]
    }
    case 'retry':
      return [
        {
          text: `Gave way to another session, try ${event.attempt} of ${event.of}: ${event.problem.message}`,
          indent: 4,
          tone: 'warn',
        },
      ]
    case 'aws-change':
      return [{ text: `AWS: ${event.title}`, indent: 2 }]
    case 'progress':
    case 'aws-waiting':
      return []
  }
}

function endParagraphs(outcome: ApplyOutcome): Paragraph[] {
  return [
    ...('problem' in outcome ? problemParagraphs(outcome.problem) : []),
    ...outcomeParagraphs(outcome),
    ...nextParagraphs(outcome),
  ]
}

/** Where Enter leads from here, as the foot has it too (keymap.ts); what is left is not walked away from. */
function nextParagraphs({ outcome }: ApplyOutcome): Paragraph[] {
  switch (outcome) {
    case 'done':
    case 'done-unproved':
      return [gap, { text: 'Enter shows the connection form.', tone: 'muted' }]
    case 'cancelled':
      return [{ text: 'Enter leads back to the review.', tone: 'muted' }]
    case 'failed-unchanged':
      return [gap, { text: 'Enter leads back.', tone: 'muted' }]
    case 'failed-changed':
      return [
        gap,
        { text: 'Enter leaves; what is left, and how to undo it, stays in the terminal.', tone: 'muted' },
      ]
  }
}
