import type { Beyond } from '../engine/outcome.ts'
import { granteeOf } from '../model/answers.ts'
import { counted } from '../model/counted.ts'
import { exitCodes } from '../model/exit-code.ts'
import { shellQuote } from '../model/shell-quote.ts'
import { areKept } from './kept-answers.ts'
import type { Ending, WizardState } from './state.ts'

/** How the wizard ends when it is left now. The summary stays in the scrollback: short, without a secret. */
export function endingOf(state: WizardState): Ending {
  const { status, outcome } = state.apply
  if (status === 'running' || status === 'cancelling') return leftInTheMiddle(state)
  const login = state.draft.roles?.login ?? 'the login'
  const { receipt, secret } = filesLeft(state)
  switch (outcome?.outcome) {
    case 'done':
      return {
        exitCode: exitCodes.done,
        summary: [
          `${login} can log in and reaches what was chosen; proved by logging in.`,
          ...beyondSummary(outcome.proof.beyond),
          ...secret,
          ...receipt,
        ],
      }
    case 'done-unproved':
      return {
        exitCode: exitCodes.doneUnproved,
        summary: [
          `${login} is set up; its login is not provable from here.`,
          ...outcome.unproved.flatMap(each =>
            each.hbaLine === null ? [] : [`pg_hba.conf lacks: ${each.hbaLine}`],
          ),
          ...secret,
          ...receipt,
        ],
      }
    case 'failed-unchanged':
      return {
        exitCode: exitCodes.failedUnchanged,
        summary: [...before(state), `Nothing was changed. ${outcome.problem.message}`, ...answersKept(state)],
      }
    case 'failed-changed':
      return {
        exitCode: exitCodes.failedChanged,
        summary: [
          `Failed: ${outcome.problem.message}`,
          'Still there:',
          ...outcome.left.map(each => `  ${each}`),
          'To undo it:',
          ...outcome.undo.map(each => `  ${each}`),
          ...answersKept(state),
        ],
      }
    case 'cancelled':
    case undefined:
      return {
        exitCode: exitCodes.cancelled,
        summary: [
          ...before(state),
          state.changedBefore === null
            ? 'Nothing was changed on the server.'
            : 'Nothing else was changed on the server.',
          ...answersKept(state),
        ],
      }
  }
}

/** Where the receipt is, and the secret if there is one; nothing of what goes with the program. */
function filesLeft({ done, draft, passingFolder }: WizardState): {
  readonly receipt: readonly string[]
  readonly secret: readonly string[]
} {
  const what = draft.authentication?.method === 'aws-iam' ? 'Access key' : 'Password'
  const stays = (text: string | null): text is string => text !== null && !isIn(text, passingFolder)
  return {
    receipt: stays(done.receipt) ? [`Receipt: ${done.receipt}`] : [],
    secret: stays(done.howToRead) ? [`${what}: ${done.howToRead}`] : [],
  }
}

/** What PUBLIC or memberships give as well is said, not hidden. */
function beyondSummary(beyond: readonly Beyond[]): readonly string[] {
  return beyond.length === 0
    ? []
    : [`Beyond the choice, through PUBLIC or memberships: ${counted(beyond.length, 'thing')}.`]
}

/** The server did not say in time that all is as before. */
function leftInTheMiddle({ draft }: WizardState): Ending {
  return {
    exitCode: exitCodes.failedChanged,
    summary: [
      'Left while it was still being rolled back: the next start of pg-usher says what is there, and offers to undo it.',
      `Grants to ${draft.roles === undefined ? 'the role' : granteeOf(draft.roles)} may be there; a login that was not proved yet dies by itself in ten minutes.`,
    ],
  }
}

/** What this start has changed before the wizard opened. */
function before({ changedBefore }: WizardState): readonly string[] {
  return changedBefore === null ? [] : [changedBefore]
}

function answersKept(state: WizardState): readonly string[] {
  const { answersFile, passingFolder } = state
  const path = answersFile === null || isIn(answersFile, passingFolder) ? null : answersFile
  return [
    ...(path === null ? [] : [`The answers are kept: pg-usher --answers ${shellQuote(path)}`]),
    ...(areKept(state)
      ? [
          path === null
            ? 'Your answers are kept: the next start of pg-usher offers them.'
            : 'The next start of pg-usher offers them, too.',
        ]
      : []),
  ]
}

/** Whether it names something in the folder that goes with the program. */
function isIn(text: string, passingFolder: string | null): boolean {
  return passingFolder !== null && text.includes(passingFolder)
}
