import { readReplaced } from '../secrets/generations.ts'
import type { SecretEntry, SecretStore } from '../secrets/store.ts'
import { type LoginBefore, wayBackWith } from './login-before.ts'
import type { Standing } from './standing.ts'

/**
 * An existing login as it was before a run that was broken off. No journal keeps its verifier; where the stored
 * password was the one in force, and is still there beside the new one, the verifier is made of it again.
 * @throws ProblemError where the store cannot be read
 */
export async function withFormerPassword(
  { loginBefore, storedInForce }: Pick<Standing, 'loginBefore' | 'storedInForce'>,
  store: SecretStore,
  entry: SecretEntry,
): Promise<LoginBefore | null> {
  if (loginBefore === null || !storedInForce) return loginBefore
  return wayBackWith(loginBefore, await readReplaced(store, entry)) ?? loginBefore
}
