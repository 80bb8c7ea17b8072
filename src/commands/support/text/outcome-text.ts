import { type ApplyOutcome, type Beyond, type Proof, provedBy } from '../../../engine/outcome.ts'
import { printable } from '../../../model/identifier.ts'
import { statementsOf } from '../../../plan/statements.ts'
import { count, paragraph, statementLines } from './layout.ts'
import { accessText, beyondText, findingsText } from './rehearsal-text.ts'
import { unprovedText } from './unproved-text.ts'

/**
 * How the apply ended: the proof, or what is left and how to undo it by hand. The problem itself is said apart.
 * @param told what the rehearsal has shown to be open to the login anyway; it is not said twice
 */
export function outcomeText(outcome: ApplyOutcome, told: readonly Beyond[] = []): string[] {
  switch (outcome.outcome) {
    case 'done':
      return ['Proof', ...proofText(outcome.proof, told), ...notes(outcome.notes)]
    case 'done-unproved':
      return [
        'Proof',
        ...outcome.unproved.flatMap(unprovedText),
        ...proofText(outcome.proof, told),
        ...notes(outcome.notes),
      ]
    case 'cancelled':
      return ['Cancelled: everything is as it was.']
    case 'failed-unchanged':
      return [
        'Failed, and everything is as it was.',
        ...(outcome.change === null
          ? []
          : statementsOf(outcome.change).flatMap(text => statementLines(text, '  '))),
      ]
    case 'failed-changed':
      return [
        'Failed, and not everything could be undone. What is left:',
        ...outcome.left.flatMap(entry => paragraph(entry, '  - ')),
        ...(outcome.undo.length === 0
          ? []
          : ['To undo it by hand, with psql:', ...outcome.undo.map(line => `  ${printable(line)}`)]),
      ]
  }
}

function proofText(proof: Proof, told: readonly Beyond[]): string[] {
  const known = new Set(told.map(keyOf))
  return [
    ...proof.databases.flatMap(database => {
      const refused = [
        ...(database.writesRefused === 0 ? [] : [`${count(database.writesRefused, 'write')} refused`]),
        ...(database.createsRefused === 0
          ? []
          : [`${count(database.createsRefused, 'attempt')} to create refused`]),
      ]
      return paragraph([accessText(database), ...refused, provedBy[database.by]].join('; '), '  ')
    }),
    ...proof.databases.flatMap(findingsText),
    ...beyondText(proof.beyond.filter(entry => !known.has(keyOf(entry)))),
  ]
}

function keyOf({ database, text }: Beyond): string {
  return JSON.stringify([database, text])
}

function notes(texts: readonly string[]): string[] {
  return texts.flatMap(text => paragraph(text, '  Note: '))
}
