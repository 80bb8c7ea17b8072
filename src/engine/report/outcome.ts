import { printableName } from '../../model/identifier.ts'
import { entry, heading, note, type Paragraph, type Tone } from '../../model/paragraph.ts'
import type { ApplyOutcome, Beyond, Proof, Unproved } from '../outcome.ts'
import { beyondParagraphs, findingParagraphs, provedText } from './access.ts'
import { changeParagraphs } from './change.ts'

/** How the apply ended, in one line. */
export const outcomeWords: Readonly<
  Record<ApplyOutcome['outcome'], { readonly text: string; readonly tone: Tone }>
> = {
  done: { text: 'Done, and proved by logging in as the new user.', tone: 'good' },
  'done-unproved': { text: 'Done; the login is not provable from here.', tone: 'warn' },
  cancelled: { text: 'Cancelled. Everything was rolled back; nothing is changed.', tone: 'warn' },
  'failed-unchanged': { text: 'Failed. Everything was rolled back; nothing is changed.', tone: 'bad' },
  'failed-changed': { text: 'Failed, and not everything could be taken back.', tone: 'bad' },
}

/**
 * What there is to say of it: the proof, or what is left and how to undo it by hand. The problem is said apart.
 * @param told what the rehearsal has shown to be open to the login anyway; it is not said twice
 */
export function outcomeParagraphs(outcome: ApplyOutcome, told: readonly Beyond[] = []): Paragraph[] {
  switch (outcome.outcome) {
    case 'done':
      return [...proofParagraphs(outcome.proof, told), ...outcome.notes.map(text => note(text, 'info'))]
    case 'done-unproved':
      return [
        ...unprovedParagraphs(outcome.unproved),
        ...proofParagraphs(outcome.proof, told),
        ...outcome.notes.map(text => note(text, 'info')),
      ]
    case 'cancelled':
      return []
    case 'failed-unchanged':
      return changeParagraphs(outcome.change)
    case 'failed-changed':
      return [
        heading('Still there'),
        ...outcome.left.map(text => entry(text, 2, 'bad')),
        ...(outcome.undo.length === 0 ? [] : [heading('To undo it by hand, with psql')]),
        ...outcome.undo.map((text): Paragraph => ({ text, indent: 2, hanging: 2, whole: true })),
        ...(outcome.change === null ? [] : [heading('Where it failed')]),
        ...changeParagraphs(outcome.change),
      ]
  }
}

/** Why the login could not be tried in a database, and the line of pg_hba.conf that is missing for it. */
export function unprovedParagraphs(unproved: readonly Unproved[]): Paragraph[] {
  if (unproved.length === 0) return []
  return [
    heading('Login: not provable from here'),
    ...unproved.flatMap(({ database, problem, hbaLine }): Paragraph[] => [
      { text: `${printableName(database)}: ${problem.message}`, indent: 2, hanging: 2, tone: 'warn' },
      ...(hbaLine === null
        ? []
        : [
            { text: 'The line of pg_hba.conf that would let this machine in:', indent: 4 },
            { text: hbaLine, indent: 6, whole: true as const },
          ]),
    ]),
  ]
}

function proofParagraphs({ databases, beyond }: Proof, told: readonly Beyond[]): Paragraph[] {
  const known = new Set(told.map(keyOf))
  return [
    heading('Proof'),
    ...databases.map(
      (database): Paragraph => ({ text: `${provedText(database)}.`, indent: 2, hanging: 2, tone: 'good' }),
    ),
    ...databases.flatMap(findingParagraphs),
    ...beyondParagraphs(beyond.filter(each => !known.has(keyOf(each)))),
  ]
}

function keyOf({ database, text }: Beyond): string {
  return JSON.stringify([database, text])
}
