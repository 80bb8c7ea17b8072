import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { OnEngineEvent } from './events.ts'

export interface SignInRequest<T> {
  readonly login: string
  /** Signs a token; a new one for each attempt. */
  readonly token: () => Promise<Secret>
  readonly enter: (token: Secret) => Promise<T>
  /** Why this was no coming in; null where it was one. */
  readonly refused: (came: T) => Problem | null
  /** How long it is tried, in milliseconds. */
  readonly patience: number
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: OnEngineEvent | undefined
}

/** How long AWS may take until a new key, user or policy is known everywhere, in milliseconds. */
export const defaultPropagation = 60_000

/**
 * Comes in with a token. What the server refuses is tried again with a new one, for as long as AWS may take until
 * what was made is known everywhere; the wait is told. Gives what came of the last attempt.
 * @throws what `token` and `enter` throw; AbortError
 */
export async function signIn<T>(request: SignInRequest<T>): Promise<T> {
  const { token, enter, refused, patience, signal, onEvent } = request
  const begin = performance.now()
  for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
    const came = await enter(await token())
    const problem = refused(came)
    const spent = performance.now() - begin
    if (problem === null || !isTokenRefusal(problem) || spent + pause > patience) return came
    onEvent?.({
      kind: 'aws-waiting',
      title: `Log in as ${request.login} with a token`,
      because: `refused so far, since ${Math.round(spent / 1000)} of at most ${Math.round(patience / 1000)} seconds: AWS takes a while until a new key or policy is known everywhere`,
    })
    await sleep(pause, undefined, signal === undefined ? {} : { signal })
  }
}

/**
 * Whether the server refused the token itself: 28P01, or 28000 of PAM, as RDS has it. 28000 is also a line of
 * pg_hba.conf that rejects, which no wait changes.
 */
export function isTokenRefusal({ sqlstate, message }: Problem): boolean {
  return sqlstate === '28P01' || (sqlstate === '28000' && /\bPAM\b/.test(message))
}
