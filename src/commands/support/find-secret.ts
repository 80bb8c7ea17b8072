import type { Problem } from '../../model/problem.ts'
import { type IndexedSecret, indexedSecrets } from '../../secrets/secret-index.ts'
import { Refusal } from './refusal.ts'

/** Which secret is meant: an account or an unmistakable part of one, and the kind of its place. */
export interface SecretChoice {
  readonly account: string
  readonly in?: string | undefined
}

/** @throws Refusal where none is meant, or several could be */
export async function findSecret(folder: string, choice: SecretChoice): Promise<IndexedSecret> {
  const all = await indexedSecrets(folder)
  const there = all.filter(({ answer }) => choice.in === undefined || answer.store === choice.in)
  const exact = there.filter(({ account }) => account === choice.account)
  const near = exact.length > 0 ? exact : there.filter(({ account }) => account.includes(choice.account))
  const [found, ...others] = near
  if (found === undefined) throw new Refusal([noneSuch(choice, folder)])
  if (others.length > 0) throw new Refusal([several(near)])
  return found
}

function noneSuch({ account }: SecretChoice, folder: string): Problem {
  return {
    code: 'no-such-secret',
    message: `No secret of ${account} is noted in ${folder}.`,
    next: 'pg-usher secrets list shows those that are. Under another user, or through sudo, there is another list.',
  }
}

function several(found: readonly IndexedSecret[]): Problem {
  const names = new Set(found.map(({ account }) => account))
  return {
    code: 'several-secrets',
    message: 'Several secrets are meant:',
    next: [
      ...found.map(({ account, answer }) => `${account} (${answer.store})`),
      names.size === 1 ? 'Say in which place: --in STORE.' : 'Give more of the account.',
    ].join('\n'),
  }
}
