import { describe, expect, it } from 'vitest'
import { signIn } from '../../src/engine/sign-in.ts'
import type { Problem } from '../../src/model/problem.ts'
import { reveal, secret } from '../../src/model/secret.ts'

const pam: Problem = {
  code: 'role-missing',
  message: 'PAM authentication failed for user "atlan_user".',
  sqlstate: '28000',
}

/** Refused as often as there are problems, then in. */
function attempt(...problems: readonly Problem[]) {
  const tokens: string[] = []
  const waits: string[] = []
  let signed = 0
  return {
    tokens,
    waits,
    request: {
      login: 'atlan_user',
      token: async () => {
        signed += 1
        return secret(`token ${signed}`)
      },
      enter: async (token: ReturnType<typeof secret>) => {
        tokens.push(reveal(token))
        return problems[tokens.length - 1] ?? null
      },
      refused: (came: Problem | null) => came,
      patience: 60_000,
      onEvent: (event: { readonly kind: string; readonly because?: string }) =>
        void (event.kind === 'aws-waiting' && waits.push(event.because ?? '')),
    },
  }
}

describe('signing in with a token', () => {
  it('is tried again with a new token while AWS does not know of it everywhere, and says so', async () => {
    const { request, tokens, waits } = attempt(pam, { ...pam, sqlstate: '28P01' })
    expect(await signIn(request)).toBeNull()
    expect(tokens).toEqual(['token 1', 'token 2', 'token 3'])
    expect(waits).toHaveLength(2)
    expect(waits[0]).toMatch(/^refused so far, since 0 of at most 60 seconds/)
  })

  it('has its time, and then says why it was refused', async () => {
    const { request, tokens, waits } = attempt(pam, pam, pam)
    expect(await signIn({ ...request, patience: 600 })).toEqual(pam)
    expect(tokens).toHaveLength(2)
    expect(waits).toHaveLength(1)
  })

  it.each<Problem>([
    { code: 'no-hba-line', message: 'no pg_hba.conf entry for host "10.0.0.1"', sqlstate: '28000' },
    { code: 'database-missing', message: 'There is no database x.', sqlstate: '3D000' },
    { code: 'unreachable', message: 'Nobody answers.' },
  ])('does not wait for what no wait changes: $code', async problem => {
    const { request, tokens } = attempt(problem)
    expect(await signIn(request)).toEqual(problem)
    expect(tokens).toHaveLength(1)
  })
})
