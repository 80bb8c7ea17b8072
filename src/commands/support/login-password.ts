import { secretEntryOf } from '../../engine/secret-entry.ts'
import type { Answers } from '../../model/answers.ts'
import { printableName } from '../../model/identifier.ts'
import { ProblemError } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import type { CommandIo } from './command-io.ts'
import { commandStore } from './command-store.ts'
import { askPassword, canAsk } from './prompt.ts'
import { problemText } from './report-problem.ts'

/**
 * The login's password from the store that the answers name; where it is not there, asked for, masked, on a
 * terminal. null where it is not to be had: then the login is not tried. A store that fails is told.
 * @throws ProblemError `cancelled`
 */
export async function loginPassword(answers: Answers, io: CommandIo): Promise<Secret | null> {
  const kept = await keptPassword(answers, io)
  if (kept !== null || !canAsk(io)) return kept
  const login = printableName(answers.roles.login)
  return askPassword(io, `Password for ${login}, which is not kept here (Enter: go on without): `)
}

async function keptPassword(answers: Answers, io: CommandIo): Promise<Secret | null> {
  // What was shown once is kept nowhere.
  if (answers.secret.store === 'show-once') return null
  try {
    const store = await commandStore(answers.secret, io, { terminal: false, signal: io.signal })
    return await store.read(secretEntryOf(answers))
  } catch (thrown) {
    if (!(thrown instanceof ProblemError) || thrown.problem.code === 'cancelled') throw thrown
    io.stderr.write(problemText([thrown.problem]))
    return null
  }
}
