import type { OpenedAws } from '../../engine/aws/open-aws.ts'
import { tokenByAws, tokenByNote } from '../../engine/aws/token-at-hand.ts'
import { noToken } from '../../engine/prove-plan.ts'
import { isTokenRefusal, signIn } from '../../engine/sign-in.ts'
import { stateFolder } from '../../engine/state-folder.ts'
import type { Answers } from '../../model/answers.ts'
import type { Problem } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import type { ConnectTarget } from '../../postgres/connect.ts'
import { type LogIn, logIn } from '../../postgres/log-in.ts'
import { indexedSecrets } from '../../secrets/secret-index.ts'
import type { CommandIo } from './command-io.ts'
import { commandStore } from './command-store.ts'
import { connectorOf } from './connector-of.ts'
import { progressText } from './text/progress-text.ts'

/** How a login by AWS IAM is tried. */
export interface TokenLogIn {
  /** Signs a fresh token; undefined where nobody here can. */
  readonly token: (() => Promise<Secret>) | undefined
  /** Comes in with a fresh token, or says why not. */
  readonly logIn: (target: Omit<ConnectTarget, 'password'>, database: string) => Promise<LogIn>
}

/**
 * How long a token may be refused in all, in milliseconds. What AWS has just made may not be known everywhere yet;
 * what was made long ago is refused for another reason, and that is what a person wants to hear.
 */
const patience = 15_000

/**
 * Signs tokens with the key whose secret is kept: the one that AWS names where it is asked, else the newest that was
 * noted on this machine.
 */
export async function tokenLogIn(
  answers: Answers,
  aws: OpenedAws | null,
  io: CommandIo,
): Promise<TokenLogIn> {
  const token = aws === null ? await tokenNoted(answers, io) : tokenByAws(aws)
  let left = patience
  return {
    token,
    logIn: async (target, database) => {
      if (token === undefined) return { in: false, blame: 'way', problem: whyNone(answers), hbaLine: null }
      const { user } = target
      const began = performance.now()
      const came = await signIn({
        login: user,
        token,
        enter: password => logIn({ ...target, password }, { user, password, database }),
        refused: each => (each.in ? null : each.problem),
        patience: left,
        signal: io.signal,
        onEvent: event => void io.stderr.write(`${progressText(event) ?? ''}\n`),
      })
      // Only the first database is waited for; what is refused then is refused everywhere.
      left = Math.max(0, left - (performance.now() - began))
      return !came.in && isTokenRefusal(came.problem) ? { ...came, blame: 'login' } : came
    },
  }
}

async function tokenNoted(answers: Answers, io: CommandIo): Promise<TokenLogIn['token']> {
  if (answers.authentication.method !== 'aws-iam') return undefined
  const { aws } = answers.authentication
  const store = await commandStore(answers.secret, io, { terminal: true })
  const noted = await indexedSecrets(stateFolder(io.env))
  return tokenByNote({ answers, aws, connector: connectorOf(answers) }, store, noted)
}

function whyNone({ authentication }: Answers): Problem {
  const isUser = authentication.method === 'aws-iam' && authentication.aws.way.way === 'user'
  return isUser ? noKeptKey : noToken
}

const noKeptKey: Problem = {
  code: 'aws-key-not-kept',
  message:
    'No access key of the tool has its secret in the chosen place, so that no token can be signed here.',
  next: "The vendor's own connection test is the proof; or run this where the secret is kept.",
}
