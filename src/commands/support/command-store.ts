import { stateFolder } from '../../engine/state-folder.ts'
import type { SecretAnswer } from '../../model/answers.ts'
import { passphraseProblem } from '../../model/passphrase.ts'
import { ProblemError } from '../../model/problem.ts'
import { reveal, type Secret } from '../../model/secret.ts'
import type { SecretStore } from '../../secrets/store.ts'
import { secretStoreFor, storeContext } from '../../secrets/stores.ts'
import type { CommandIo } from './command-io.ts'
import { askPassword, canAsk } from './prompt.ts'

export interface CommandStoreOptions {
  /** Whether a person sees the output, so that a password may be shown there. */
  readonly terminal: boolean
  /** Where the index is; the person's own place when left out. */
  readonly stateFolder?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The place for the password that an answer names; a passphrase is asked for on the terminal, masked.
 * @throws ProblemError where it cannot be here
 */
export function commandStore(
  answer: SecretAnswer,
  io: CommandIo,
  options: CommandStoreOptions,
): Promise<SecretStore> {
  const { terminal, signal } = options
  return secretStoreFor(
    answer,
    storeContext(terminal, {
      signal,
      stateFolder: options.stateFolder ?? stateFolder(io.env),
      ...(canAsk(io) ? { askPassphrase: ({ twice }) => passphraseFrom(io, answer, twice) } : {}),
    }),
  )
}

async function passphraseFrom(io: CommandIo, answer: SecretAnswer, twice: boolean): Promise<Secret | null> {
  const where = answer.store === 'age' ? ` in ${answer.folder}` : ''
  const first = await askPassword(io, `Passphrase for the age files${where}: `)
  if (first === null || !twice) return first
  const short = passphraseProblem(reveal(first))
  if (short !== null)
    throw new ProblemError({ ...short, next: 'Nothing was changed. Try again with a longer one.' })
  const again = await askPassword(io, 'Once more: ')
  if (again !== null && reveal(again) === reveal(first)) return first
  throw new ProblemError({
    code: 'other-passphrase',
    message: 'The passphrase was typed differently the second time. Nothing was changed.',
  })
}
