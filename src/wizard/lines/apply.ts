import type { EngineEvent, Phase } from '../../engine/events.ts'
import type { ApplyOutcome, ProvedDatabase } from '../../engine/outcome.ts'
import { titleOf } from '../../plan/statements.ts'
import type { WizardState } from '../state.ts'
import { gap, heading, type Line, linesOf, type Paragraph } from './line.ts'
import { accessParagraphs, beyondParagraphs } from './review.ts'

const phaseWords: Readonly<Record<Phase, string>> = {
  knock: 'Knocked at the door with the planned name',
  secret: 'Password made, stored and read back',
  roles: 'Roles, not able to log in',
  database: 'Grants',
  probe: 'Tried as the new role',
  login: 'Login opened for some minutes',
  proof: 'Logged in as the new user and tried what it reaches',
  door: 'pg_hba.conf lets the tool in',
  end: 'Login given its chosen end',
  undo: 'Taking everything back',
}

/** What was done so far; when it has ended, how it ended comes first. */
export function applyLines(state: WizardState): readonly Line[] {
  const { events, outcome } = state.apply
  const done = events.flatMap(eventParagraphs)
  return linesOf(
    outcome === null ? done : [...outcomeParagraphs(outcome), gap, heading('What was done'), ...done],
    state.size.columns,
  )
}

function eventParagraphs(event: EngineEvent): Paragraph[] {
  switch (event.kind) {
    case 'phase': {
      const words = phaseWords[event.phase]
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

function outcomeParagraphs(outcome: ApplyOutcome): Paragraph[] {
  switch (outcome.outcome) {
    case 'done':
    case 'done-unproved':
      return [
        ...(outcome.outcome === 'done' ? [] : unproved(outcome)),
        heading('The proof'),
        ...outcome.proof.databases.flatMap(database => [
          ...accessParagraphs(database),
          {
            text: `${provedWords[database.by]}; ${database.writesRefused} writes and ${database.createsRefused} creations refused.`,
            indent: 4,
          },
        ]),
        ...beyondParagraphs(outcome.proof.beyond),
        ...outcome.notes.map(
          (text): Paragraph => ({ text: `- ${text}`, indent: 2, hanging: 2, tone: 'warn' }),
        ),
        gap,
        { text: 'Enter shows the connection form.', tone: 'muted' },
      ]
    case 'cancelled':
      return [{ text: 'Enter leads back to the review.', tone: 'muted' }]
    case 'failed-unchanged':
      return [...failure(outcome), gap, { text: 'Enter leads back.', tone: 'muted' }]
    case 'failed-changed':
      return [
        ...failure(outcome),
        gap,
        heading('Still there'),
        ...outcome.left.map((text): Paragraph => ({ text: `- ${text}`, indent: 2, hanging: 2, tone: 'bad' })),
        heading('To undo it'),
        ...outcome.undo.map((text): Paragraph => ({ text, indent: 2, hanging: 2 })),
      ]
  }
}

function failure({
  problem,
  change,
}: ApplyOutcome & { outcome: 'failed-unchanged' | 'failed-changed' }): Paragraph[] {
  return [
    { text: problem.message, tone: 'bad', sign: 'cross' },
    ...(change === null ? [] : [{ text: `At: ${titleOf(change)}`, indent: 2 }]),
    ...(problem.next === undefined ? [] : [{ text: problem.next, indent: 2 }]),
  ]
}

function unproved(outcome: ApplyOutcome & { outcome: 'done-unproved' }): Paragraph[] {
  return [
    heading('Login: not provable from here'),
    ...outcome.unproved.flatMap((each): Paragraph[] => [
      { text: `${each.database}: ${each.problem.message}`, indent: 2, tone: 'warn' },
      ...(each.hbaLine === null
        ? []
        : [
            { text: 'This line in pg_hba.conf would let this machine try it:', indent: 4 },
            { text: each.hbaLine, indent: 4 },
          ]),
    ]),
    gap,
  ]
}

const provedWords: Readonly<Record<ProvedDatabase['by'], string>> = {
  login: 'Logged in',
  assumed: 'Assumed by SET ROLE',
  asked: 'Asked of the catalogue, not tried',
}
