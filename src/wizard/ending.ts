import { granteeOf } from '../model/answers.ts'
import { exitCodes } from '../model/exit-code.ts'
import type { Ending, WizardState } from './state.ts'

/** What stays in the scrollback after the last screen: short, without a secret. */
export function endingOf(state: WizardState): Ending {
  const { outcome } = state.apply
  if (outcome === null || outcome.outcome === 'cancelled') return cancelledEnding(state)
  const login = state.draft.roles?.login ?? 'the login'
  const receipt = state.done.receipt === null ? [] : [`Receipt: ${state.done.receipt}`]
  const secret = state.done.howToRead === null ? [] : [`Password: ${state.done.howToRead}`]
  switch (outcome.outcome) {
    case 'done':
      return {
        exitCode: exitCodes.done,
        summary: [
          `${login} can log in and reads exactly what was chosen; proved by logging in.`,
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
        summary: [`Nothing was changed. ${outcome.problem.message}`],
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
        ],
      }
  }
}

/** Left before anything was done, or after it was all rolled back. */
export function cancelledEnding(state: WizardState): Ending {
  const applied = state.apply.outcome?.outcome
  if (applied === 'done' || applied === 'done-unproved') return endingOf(state)
  if (state.apply.status === 'running' || state.apply.status === 'cancelling')
    return {
      exitCode: exitCodes.failedChanged,
      summary: [
        'Left while it was still being rolled back: look at the server.',
        `Grants to ${state.draft.roles === undefined ? 'the role' : granteeOf(state.draft.roles)} may be there; a login that was not proved yet dies by itself in ten minutes.`,
      ],
    }
  return { exitCode: exitCodes.cancelled, summary: ['Nothing was changed on the server.'] }
}
