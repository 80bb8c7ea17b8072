import type { SecretAnswer } from '../../model/answers.ts'
import { ProblemError, problemOf } from '../../model/problem.ts'
import { reveal } from '../../model/secret.ts'
import type { SecretEntry, SecretStore } from '../../secrets/store.ts'

/**
 * Moves a secret: stored in the new place, read back there, and only then taken out of the old one.
 * @throws ProblemError with the old place as it was; `secret-in-both` where it could not be taken out there
 */
export async function moveSecret(from: SecretStore, to: SecretStore, entry: SecretEntry): Promise<void> {
  const value = await from.read(entry)
  if (value === null)
    throw new ProblemError({
      code: 'secret-gone',
      message: `There is no secret of ${entry.user} in ${from.place} any more.`,
      next: 'pg-usher secrets delete takes it off the list.',
    })
  if (await to.has(entry))
    throw new ProblemError({
      code: 'secret-there',
      message: `${to.place} has a secret of ${entry.user} already.`,
      next: 'Look which one is right, and remove the other there.',
    })
  const works = await to.probe(undefined, entry)
  if (!works.works) throw new ProblemError(works.problem)
  try {
    await to.save(entry, value)
    const found = await to.read(entry)
    if (found === null || reveal(found) !== reveal(value)) throw new ProblemError(lied(to))
  } catch (thrown) {
    await to.remove(entry).catch(() => undefined)
    throw thrown
  }
  try {
    await from.remove(entry)
  } catch (cause) {
    throw new ProblemError(
      {
        code: 'secret-in-both',
        message: `It is in ${to.place} now, and still in ${from.place} too: ${problemOf(cause).message}`,
        next: 'pg-usher secrets delete takes it out there.',
      },
      { cause },
    )
  }
}

/** Whether two answers are one place. */
export function isSamePlace(one: SecretAnswer, other: SecretAnswer): boolean {
  if (one.store === 'passfile' && other.store === 'passfile') return one.path === other.path
  if (one.store === 'age' && other.store === 'age') return one.folder === other.folder
  return one.store === other.store
}

function lied(to: SecretStore) {
  return {
    code: 'secret-lied',
    message: `${to.place} said that all went well, but reading it back gave something else.`,
    next: 'It is where it was. Choose another place.',
  }
}
